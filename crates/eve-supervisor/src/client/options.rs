//! How long a client waits.

use std::time::Duration;

/// How long a client waits for its supervisor.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ControlOptions {
    /// How long a running supervisor may take to welcome a client. By default 10 s.
    pub connect: Duration,
    /// How long it may take until one runs that can be reached; a former one that ends counts in. By
    /// default 20 s.
    pub start: Duration,
}

impl Default for ControlOptions {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), start: Duration::from_secs(20) }
    }
}

impl ControlOptions {
    /// Sets how long a running supervisor may take to welcome a client.
    pub fn with_connect(mut self, deadline: Duration) -> Self {
        self.connect = deadline;
        self
    }

    /// Sets how long it may take until one runs.
    pub fn with_start(mut self, deadline: Duration) -> Self {
        self.start = deadline;
        self
    }
}
