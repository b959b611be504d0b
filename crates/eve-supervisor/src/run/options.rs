//! What can be set for a supervisor.

use std::time::Duration;

use eve_core::{Error, Result, codes};
use tokio::runtime::{Builder, Runtime};

/// What can be set for a supervisor.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunOptions {
    /// How many threads run the parts; 0 means that the process's own thread does it all. By
    /// default 2.
    pub worker_threads: usize,
    /// How long nothing must be held and nobody be connected before it ends. By default 2 s.
    pub linger: Duration,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { worker_threads: 2, linger: Duration::from_secs(2) }
    }
}

impl RunOptions {
    /// Sets how many threads run the parts.
    pub fn with_worker_threads(mut self, threads: usize) -> Self {
        self.worker_threads = threads;
        self
    }

    /// Sets how long it stays when it is not needed.
    pub fn with_linger(mut self, linger: Duration) -> Self {
        self.linger = linger;
        self
    }

    pub(super) fn runtime(&self) -> Result<Runtime> {
        let mut builder = match self.worker_threads {
            0 => Builder::new_current_thread(),
            _ => Builder::new_multi_thread(),
        };
        if self.worker_threads > 0 {
            builder.worker_threads(self.worker_threads);
        }
        builder.enable_all().build().map_err(|e| {
            Error::unavailable(codes::SUPERVISOR_UNAVAILABLE, "the supervisor's threads cannot be started")
                .with_source(e)
        })
    }
}
