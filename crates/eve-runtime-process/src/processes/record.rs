//! What is stored of a child.

use std::collections::BTreeMap;
use std::path::Path;

use eve_core::{Address, Body, Exit, LogSource, Result, Timestamp};
use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::stored_spec::StoredSpec;
use super::wish::Wish;
use super::{ChildId, ChildState, ChildStatus, Ending};
use crate::state_dir::{read_json, write_json};

/// What is stored of a child, in its folder: the intent before it starts, then who it is, then how
/// it ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: ChildId,
    pub(crate) about: Body,
    pub(crate) source: LogSource,
    /// None if a version wrote it that could not adopt.
    #[serde(default)]
    pub(super) spec: Option<StoredSpec>,
    #[serde(default)]
    pub(super) addresses: BTreeMap<u16, Address>,
    /// Of the change before the one that was stored.
    #[serde(default)]
    pub(super) version: u64,
    /// True if nobody holds it any more, and only its remains are kept.
    #[serde(default)]
    pub(crate) released: bool,
    /// The process that runs, as far as it is known.
    pub(crate) identity: Option<Identity>,
    /// How that process ended, from when that was seen until what it left is cleaned up.
    #[serde(default)]
    pub(super) seen: Option<Exit>,
    /// The wish that it ends.
    #[serde(default)]
    pub(super) stop: Option<Wish>,
    pub(crate) state: ChildState,
    pub(crate) restarts: u32,
    pub(crate) was_ready: bool,
    #[serde(default)]
    pub(crate) ending: Option<Ending>,
    pub(crate) timed_out: bool,
    pub(crate) answer: Option<String>,
    pub(crate) lines: Vec<String>,
    pub(crate) started: Timestamp,
}

impl Record {
    const FILE: &str = "record.json";

    /// A record without a process.
    pub(super) fn of(status: &ChildStatus, spec: Option<&StoredSpec>) -> Self {
        Self {
            id: status.id.clone(),
            about: status.about.clone(),
            source: status.source.clone(),
            spec: spec.cloned(),
            addresses: status.addresses.clone(),
            version: status.version,
            released: false,
            identity: None,
            seen: None,
            stop: None,
            state: status.state.clone(),
            restarts: status.restarts,
            was_ready: status.was_ready,
            ending: status.ending.clone(),
            timed_out: status.timed_out,
            answer: status.answer.clone(),
            lines: status.lines.clone(),
            started: status.started,
        }
    }

    /// True if it is held, and starts in a folder or below it.
    pub(crate) fn uses(&self, folder: &Path) -> bool {
        let directory = self.spec.as_ref().and_then(|spec| spec.directory.as_deref());
        !self.released && directory.is_some_and(|directory| directory.starts_with(folder))
    }

    /// The status that a record stands for, before the holder has one of its own.
    pub(super) fn status(self) -> ChildStatus {
        ChildStatus {
            id: self.id,
            about: self.about,
            source: self.source,
            version: self.version,
            addresses: self.addresses,
            state: self.state,
            was_ready: self.was_ready,
            restarts: self.restarts,
            ending: self.ending,
            unhealthy_since: None,
            answer: self.answer,
            timed_out: self.timed_out,
            lines: self.lines,
            started: self.started,
        }
    }

    /// The status as somebody sees it who does not hold the child: what should run and does not
    /// ended unseen.
    pub(crate) fn seen_from_outside(mut self) -> ChildStatus {
        if !self.state.is_final() && !self.identity.as_ref().is_some_and(Identity::is_alive) {
            self.state = ChildState::Ended { exit: self.seen.unwrap_or(Exit::Lost) };
        }
        self.status()
    }

    /// How it ended, if that is known.
    pub(crate) fn exit(&self) -> Option<Exit> {
        match &self.state {
            ChildState::Ended { exit } => Some(*exit),
            ChildState::CannotStart { .. } => Some(Exit::Lost),
            _ => None,
        }
    }

    /// # Errors
    /// `state.unreadable`, `state.io`.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>> {
        read_json(&folder.join(Self::FILE))
    }

    /// # Errors
    /// `state.disk_full`, `state.read_only`, `state.io`.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        write_json(&folder.join(Self::FILE), self)
    }
}
