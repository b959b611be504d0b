//! The ledger of an environment: which release, asked by whom, with which outcome, when healthy.

use serde::{Deserialize, Serialize};

use crate::event::{EnvironmentEvent, Event as _, Fault, Undo};
use crate::{Bound, Entry, Expected, ReleaseId, Result, RunId, Timestamp};

/// What happened to an environment, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ledger {
    /// The lines.
    pub lines: Vec<LedgerLine>,
    /// The sequence of the stream at which this was folded.
    pub sequence: u64,
}

/// One line of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LedgerLine {
    /// When it was written.
    pub at: Timestamp,
    /// The run.
    pub run: RunId,
    /// What kind of run it was.
    pub by: String,
    /// Who asked for it.
    pub requested_by: String,
    /// The release; none for a deletion.
    pub release: Option<ReleaseId>,
    /// The release's number, 0 for a deletion.
    pub version: u32,
    /// How it ended.
    pub result: LedgerResult,
}

/// How a line of a ledger ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LedgerResult {
    /// The release became healthy.
    Healthy {
        /// When.
        at: Timestamp,
        /// Exactly what was applied.
        bound: Box<Bound>,
        /// The instances that carry it.
        instances: Vec<Expected>,
    },
    /// It did not.
    Failed {
        /// Why.
        fault: Fault,
        /// What became of what had been done.
        undo: Undo,
    },
    /// The environment was deleted.
    Deleted,
}

impl Ledger {
    /// Folds an environment's stream.
    ///
    /// # Errors
    /// `state.version` or `state.unreadable` from an entry.
    pub fn fold(entries: &[Entry]) -> Result<Self> {
        let mut ledger = Self::default();
        for entry in entries {
            ledger.sequence = entry.sequence;
            ledger.lines.push(Self::line(entry)?);
        }
        Ok(ledger)
    }

    fn line(entry: &Entry) -> Result<LedgerLine> {
        let at = entry.record.at;
        Ok(match EnvironmentEvent::read(entry)? {
            EnvironmentEvent::Deployed { run, by, requested_by, bound, instances, healthy_at } => LedgerLine {
                at,
                run,
                by,
                requested_by,
                release: bound.release.clone(),
                version: bound.version,
                result: LedgerResult::Healthy { at: healthy_at, bound, instances },
            },
            EnvironmentEvent::Failed { run, by, requested_by, bound, fault, undo } => LedgerLine {
                at,
                run,
                by,
                requested_by,
                release: bound.release.clone(),
                version: bound.version,
                result: LedgerResult::Failed { fault, undo },
            },
            EnvironmentEvent::Deleted { run, requested_by } => LedgerLine {
                at,
                run,
                by: "delete".to_owned(),
                requested_by,
                release: None,
                version: 0,
                result: LedgerResult::Deleted,
            },
        })
    }

    /// What the environment is at: the last release that became healthy since it was last deleted.
    pub fn current(&self) -> Option<&Bound> {
        self.healthy().next()
    }

    /// The instances that carry what the environment is at.
    pub fn current_instances(&self) -> &[Expected] {
        let lines = self.lines.iter().rev().take_while(|line| line.result != LedgerResult::Deleted);
        let mut healthy = lines.filter_map(|line| match &line.result {
            LedgerResult::Healthy { instances, .. } => Some(instances.as_slice()),
            _ => None,
        });
        healthy.next().unwrap_or_default()
    }

    /// What a rollback goes to: the last release that was healthy here and is not the current one.
    pub fn previous(&self) -> Option<&Bound> {
        let current = self.current()?;
        self.healthy().find(|bound| bound.release != current.release)
    }

    /// A release that was healthy here, as it was applied last.
    pub fn release(&self, id: &ReleaseId) -> Option<&Bound> {
        self.healthy().find(|bound| bound.release.as_ref() == Some(id))
    }

    /// Releases that were healthy since the last deletion, youngest first.
    fn healthy(&self) -> impl Iterator<Item = &Bound> {
        self.lines.iter().rev().take_while(|line| line.result != LedgerResult::Deleted).filter_map(|line| {
            match &line.result {
                LedgerResult::Healthy { bound, .. } => Some(&**bound),
                _ => None,
            }
        })
    }
}
