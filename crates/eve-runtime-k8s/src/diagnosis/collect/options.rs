//! How much is read, and for how long.

use std::time::Duration;

use crate::diagnosis::Asked;

/// How much is read, and for how long.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CollectOptions {
    /// How long one answer may take. By default 10 s.
    pub timeout: Duration,
    /// How many lines of a container that ended badly are kept. By default 20.
    pub log_lines: u32,
    /// Of how many containers lines are read. By default 20.
    pub log_containers: usize,
    /// What somebody expects to be there. By default nothing in particular.
    pub asked: Vec<Asked>,
}

impl Default for CollectOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(10), log_lines: 20, log_containers: 20, asked: Vec::new() }
    }
}

impl CollectOptions {
    /// Sets how long one answer may take.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Says what is expected to be there: its absence is a finding.
    pub fn with_asked(mut self, asked: impl IntoIterator<Item = Asked>) -> Self {
        self.asked.extend(asked);
        self
    }

    /// Sets how many lines of a container that ended badly are kept.
    pub fn with_log_lines(mut self, lines: u32) -> Self {
        self.log_lines = lines;
        self
    }
}
