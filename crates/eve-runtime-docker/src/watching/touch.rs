//! What has to be looked at again.

use std::collections::BTreeSet;

use crate::api::Subject;

/// What has to be looked at again. Nothing of it, where only what probes say is otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Touch {
    /// All there is: what happened is not known.
    pub(crate) everything: bool,
    /// The containers of these ids.
    pub(crate) containers: BTreeSet<String>,
    pub(crate) networks: bool,
    pub(crate) volumes: bool,
}

impl Touch {
    pub(super) fn add(&mut self, subject: Subject) {
        match subject {
            Subject::Container(id) => drop(self.containers.insert(id)),
            Subject::Network => self.networks = true,
            Subject::Volume => self.volumes = true,
        }
    }
}
