//! How to tell that a child can do its work.

use std::time::Duration;

use eve_core::desired::HealthCheck;
use serde::{Deserialize, Serialize};

/// How to tell that a child can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Readiness {
    /// It has run that long.
    Running(Duration),
    /// A probe passes.
    Probe(HealthProbe),
}

/// What is tried, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HealthProbe {
    /// What is tried.
    pub target: ProbeTarget,
    /// The pause between two tries once it has passed.
    pub interval: Duration,
    /// How long one try may take.
    pub timeout: Duration,
    /// How many tries in a row must fail before it counts as unhealthy.
    pub retries: u32,
    /// How long failures do not count after the start.
    pub start_period: Duration,
}

impl HealthProbe {
    /// A try at `target`, as often as a check says.
    pub fn new(target: ProbeTarget, check: &HealthCheck) -> Self {
        Self {
            target,
            interval: check.interval,
            timeout: check.timeout,
            retries: check.retries.max(1),
            start_period: check.start_period,
        }
    }
}

/// What a probe tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProbeTarget {
    /// `GET` answers with 2xx or 3xx.
    Http {
        /// The number with which the child's port was declared.
        port: u16,
        /// The path, beginning with `/`.
        path: String,
    },
    /// A connection is accepted.
    Tcp {
        /// The number with which the child's port was declared.
        port: u16,
    },
    /// A command in the child's folder and environment ends with 0.
    Command(Vec<String>),
}
