//! What a runtime can do: the single truth about it, which also selects its conformance cases.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::desired::Strategy;

/// What a runtime can do. An unset flag always yields `capability.unsupported`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each flag is an ability of its own, none excludes another")]
pub struct Capabilities {
    /// Services that run all the time.
    pub services: bool,
    /// The strategies by which a new release can take over.
    pub rollout: BTreeSet<Strategy>,
    /// Logs.
    pub logs: bool,
    /// Limits of processors are kept.
    pub limits_cpu: bool,
    /// Limits of memory are kept.
    pub limits_memory: bool,
    /// Named volumes.
    pub volumes: bool,
    /// Fixed ports of the host.
    pub published_ports: bool,
    /// What runs goes on when the engine's process ends.
    pub survives_engine: bool,
    /// An older fencing token is refused by the backend itself.
    pub fences: bool,
}

impl Capabilities {
    /// A runtime that can hold services, and nothing else.
    pub fn services() -> Self {
        Self { services: true, ..Self::default() }
    }

    /// Adds a strategy.
    pub fn with_rollout(mut self, strategy: Strategy) -> Self {
        self.rollout.insert(strategy);
        self
    }

    /// Adds logs.
    pub fn with_logs(mut self) -> Self {
        self.logs = true;
        self
    }
}
