//! What follows from a finding.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a finding means for somebody who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// It will not get better by itself: stop.
    Terminal,
    /// Stop if it has lasted that long.
    Grace(Duration),
    /// It may get better: go on.
    Wait,
}

impl Verdict {
    /// The word for it: `terminal`, `grace` or `wait`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Grace(_) => "grace",
            Self::Wait => "wait",
        }
    }

    /// True if somebody has to act, now or when the grace is over.
    pub const fn is_failure(self) -> bool {
        !matches!(self, Self::Wait)
    }

    /// The worst first.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::Terminal => 0,
            Self::Grace(_) => 1,
            Self::Wait => 2,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grace(grace) => write!(f, "grace of {} s", grace.as_secs()),
            other => f.write_str(other.word()),
        }
    }
}

/// Who can mend a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultOwner {
    /// Whoever wrote the code, made the image or wrote the manifest.
    #[serde(alias = "config")]
    User,
    /// Whoever runs the platform. What machines fail at by themselves is theirs, too.
    #[serde(alias = "infrastructure")]
    Platform,
}

impl fmt::Display for FaultOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Platform => "platform",
        })
    }
}

/// Whether trying again helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryClass {
    /// Not at all: somebody decided that there is no other try.
    Never,
    /// Once somebody has changed what is wrong.
    AfterChange,
    /// After a pause; it counts as an attempt.
    #[serde(alias = "backoff")]
    BackOff,
    /// At once; it does not count against the workload.
    Free,
}

impl fmt::Display for RetryClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "never",
            Self::AfterChange => "after_change",
            Self::BackOff => "back_off",
            Self::Free => "free",
        })
    }
}
