//! Health checks.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How to tell that a service can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HealthCheck {
    /// What is tried.
    pub probe: Probe,
    /// The pause between two tries once it has passed. By default 10 s. Until it first passes, it
    /// is tried at once and then after short, growing pauses.
    pub interval: Duration,
    /// How long one try may take. By default 5 s.
    pub timeout: Duration,
    /// How many tries in a row must fail before it counts as unhealthy. By default 3.
    pub retries: u32,
    /// How long failures do not count after the start. By default 0.
    pub start_period: Duration,
}

impl HealthCheck {
    /// A check with every default.
    pub fn new(probe: Probe) -> Self {
        Self {
            probe,
            interval: Duration::from_secs(10),
            timeout: Duration::from_secs(5),
            retries: 3,
            start_period: Duration::ZERO,
        }
    }
}

/// What a health check tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Probe {
    /// `GET path` on the service's port `port` answers with 2xx or 3xx.
    Http {
        /// The declared port, or none for the first one.
        port: Option<u16>,
        /// The path, beginning with `/`.
        path: String,
    },
    /// The service's port `port` accepts a connection.
    Tcp {
        /// The declared port, or none for the first one.
        port: Option<u16>,
    },
    /// A command inside the workload ends with 0.
    Command(Vec<String>),
    /// Nothing: as without a health check, and also where an image brings one.
    None,
}
