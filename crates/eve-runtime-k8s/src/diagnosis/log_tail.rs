//! The last lines of a container.

use serde::{Deserialize, Serialize};

/// The last lines of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogTail {
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// True if they are of the container that ran before the present one.
    pub previous: bool,
    /// The lines, oldest first.
    pub lines: Vec<String>,
}

impl LogTail {
    /// The last lines of a container.
    pub fn new(pod: impl Into<String>, container: impl Into<String>, previous: bool, lines: Vec<String>) -> Self {
        Self { pod: pod.into(), container: container.into(), previous, lines }
    }
}
