//! How a container is, by what was found out.

use eve_core::Timestamp;

/// How a container that runs is, by what was found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) ready: bool,
    pub(crate) was_ready: bool,
    pub(crate) unhealthy_since: Option<Timestamp>,
    pub(crate) answer: Option<String>,
}

impl Standing {
    pub(crate) fn ready(answer: Option<String>) -> Self {
        Self { ready: true, was_ready: true, unhealthy_since: None, answer }
    }

    /// The same after its program ended: it is not ready again until it is found to be.
    pub(crate) fn after_an_end(&self) -> Self {
        Self { was_ready: self.was_ready, ..Self::default() }
    }
}
