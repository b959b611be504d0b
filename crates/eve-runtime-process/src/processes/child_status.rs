//! How a child is.

use std::collections::BTreeMap;

use eve_core::{Address, Body, Exit, LogSource, Timestamp};
use serde::{Deserialize, Serialize};

use super::ChildId;

/// How a child is, as one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChildStatus {
    /// Its identity.
    pub id: ChildId,
    /// What its owner said about it.
    pub about: Body,
    /// The name under which its lines are read.
    pub source: LogSource,
    /// Grows with every change, over all children of a state folder and all its holders.
    pub version: u64,
    /// Where it listens, by the numbers with which its ports were declared. The same all its life.
    pub addresses: BTreeMap<u16, Address>,
    /// How it is.
    pub state: ChildState,
    /// True if it was ready once.
    pub was_ready: bool,
    /// How many times it was started again.
    pub restarts: u32,
    /// How it ended last, if it did since it was last ready.
    pub ending: Option<Ending>,
    /// Since when its probe fails too often; none while it passes.
    pub unhealthy_since: Option<Timestamp>,
    /// What its probe was answered last.
    pub answer: Option<String>,
    /// True if its time was up.
    pub timed_out: bool,
    /// The last lines that it wrote, where something is wrong with it.
    pub lines: Vec<String>,
    /// When it was first started.
    pub started: Timestamp,
}

/// What a child does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChildState {
    /// It runs, or pauses before a restart, and was never ready.
    Starting,
    /// It can do its work.
    Ready,
    /// It was ready before and is not now.
    NotReady,
    /// It was asked to end and has not yet.
    Stopping,
    /// It ended and is not started again.
    Ended {
        /// How.
        exit: Exit,
    },
    /// It could not be started.
    CannotStart {
        /// Why.
        why: String,
    },
}

impl ChildState {
    /// True if it will not change any more.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Ended { .. } | Self::CannotStart { .. })
    }
}

/// How a process of a child ended by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// How.
    pub exit: Exit,
    /// How many times it had been started again before.
    pub restarts: u32,
    /// When it first ended, counted from when it was last ready.
    pub since: Timestamp,
}
