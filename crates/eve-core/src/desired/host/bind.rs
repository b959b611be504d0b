//! Folders and files of the host.

use serde::{Deserialize, Serialize};

use crate::AbsolutePath;

/// A folder or file of the host that a workload finds in place. It is never made: what is not there is
/// an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bind {
    /// Where it is on the host.
    pub source: AbsolutePath,
    /// Where the workload finds it.
    pub target: AbsolutePath,
    /// True if it may not be written.
    pub read_only: bool,
}

impl Bind {
    /// One that may be written.
    pub fn new(source: AbsolutePath, target: AbsolutePath) -> Self {
        Self { source, target, read_only: false }
    }

    /// Lets nobody write it.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}
