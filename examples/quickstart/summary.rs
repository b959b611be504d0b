//! What the whole play comes to.

use serde::Serialize;

use crate::load::Tally;

/// The last line.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    pub(crate) outcome: &'static str,
    /// Deploys that succeeded.
    pub(crate) deploys: u64,
    /// Deploys that changed nothing.
    pub(crate) unchanged: u64,
    /// Rollbacks that succeeded.
    pub(crate) rolled_back: u64,
    /// Requests that were answered as they should be.
    pub(crate) served: u64,
    /// Requests that were not.
    pub(crate) lost: u64,
    /// Owned objects after the teardown.
    pub(crate) leftovers: u64,
    /// Runs that another engine took up.
    pub(crate) resumed: u64,
    pub(crate) elapsed_ms: u64,
}

impl Summary {
    pub(crate) fn add(&mut self, tally: &Tally) {
        self.served += tally.served;
        self.lost += tally.lost;
    }
}
