//! How much a workload may use.

use serde::{Deserialize, Serialize};

use crate::{ByteSize, MilliCpu};

/// What a workload is promised and what it may use at most.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Resources {
    /// What it is promised.
    pub requests: Limits,
    /// What it may use at most. By default nothing limits it.
    pub limits: Limits,
}

/// Amounts of each resource; none where nothing is said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Limits {
    /// Processors.
    pub cpu: Option<MilliCpu>,
    /// Memory.
    pub memory: Option<ByteSize>,
}
