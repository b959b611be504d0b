//! How a new release takes over from an old one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a new release of a service takes over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rollout {
    /// The strategy. None means: switched where old and new may overlap, recreate otherwise.
    pub strategy: Option<Strategy>,
    /// How long the whole release must stay ready before traffic moves. None means: 5 s where
    /// traffic moves from an older release, 0 otherwise.
    pub window: Option<Duration>,
    /// How long it may take until it is ready. By default 180 s.
    pub ready_within: Duration,
    /// How long requests that are under way may go on after the switch. By default 30 s.
    pub drain: Duration,
}

impl Default for Rollout {
    fn default() -> Self {
        Self { strategy: None, window: None, ready_within: Duration::from_secs(180), drain: Duration::from_secs(30) }
    }
}

/// How a new release takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Strategy {
    /// New beside old; when the whole release is ready, traffic moves at once; then the old one
    /// drains and goes.
    Switched,
    /// The backend replaces instances one after another. Weaker: old and new answer side by side.
    Rolling,
    /// The old one ends before the new one starts; it is down in between.
    Recreate,
}
