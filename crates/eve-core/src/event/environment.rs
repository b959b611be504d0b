//! Events of an environment's stream, its ledger, and of a project's releases.

use serde::{Deserialize, Serialize};

use super::{Event, Fault, Undo};
use crate::{Bound, Entry, Expected, Release, ReleaseId, Result, RunId, Timestamp};

/// What happened to an environment. Its ledger is the fold of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EnvironmentEvent {
    /// A release became healthy here.
    Deployed {
        /// The run that did it.
        run: RunId,
        /// What kind of run it was.
        by: String,
        /// Who asked for it.
        requested_by: String,
        /// Exactly what was applied.
        bound: Box<Bound>,
        /// The instances that carry it.
        #[serde(default)]
        instances: Vec<Expected>,
        /// When it was healthy.
        healthy_at: Timestamp,
    },
    /// A release did not become healthy here.
    Failed {
        /// The run that tried.
        run: RunId,
        /// What kind of run it was.
        by: String,
        /// Who asked for it.
        requested_by: String,
        /// What was to be applied.
        bound: Box<Bound>,
        /// Why.
        fault: Fault,
        /// What became of what had been done.
        undo: Undo,
    },
    /// The environment was deleted.
    Deleted {
        /// The run that did it.
        run: RunId,
        /// Who asked for it.
        requested_by: String,
    },
}

impl Event for EnvironmentEvent {
    /// 2 groups origins by file; what 1 holds is read as it is.
    const SCHEMA: u32 = 2;

    fn kind(&self) -> &'static str {
        match self {
            Self::Deployed { .. } => "environment.deployed",
            Self::Failed { .. } => "environment.failed",
            Self::Deleted { .. } => "environment.deleted",
        }
    }

    fn read(entry: &Entry) -> Result<Self> {
        Self::check_schema(entry)?;
        match entry.record.kind.as_str() {
            "environment.deployed" => entry.record.body.decode::<Deployed>().map(Self::from),
            _ => entry.record.body.decode(),
        }
    }
}

/// [`EnvironmentEvent::Deployed`], read in one pass: what an enum's tag stands in is read twice, and this one is as
/// long as a manifest.
#[derive(Deserialize)]
struct Deployed {
    run: RunId,
    by: String,
    requested_by: String,
    bound: Box<Bound>,
    #[serde(default)]
    instances: Vec<Expected>,
    healthy_at: Timestamp,
}

impl From<Deployed> for EnvironmentEvent {
    fn from(Deployed { run, by, requested_by, bound, instances, healthy_at }: Deployed) -> Self {
        Self::Deployed { run, by, requested_by, bound, instances, healthy_at }
    }
}

/// What happened to a project's releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReleaseEvent {
    /// A release was recorded.
    Recorded {
        /// The release.
        release: Box<Release>,
    },
}

/// Which release an entry records, without what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ReleaseHead {
    /// Its id.
    pub id: ReleaseId,
    /// Counts the releases of a project, from 1.
    pub version: u32,
}

impl ReleaseEvent {
    /// Which release an entry records.
    ///
    /// # Errors
    /// As [`read`](Event::read).
    pub fn head(entry: &Entry) -> Result<ReleaseHead> {
        #[derive(Deserialize)]
        struct Recorded {
            release: ReleaseHead,
        }

        Self::check_schema(entry)?;
        entry.record.body.decode().map(|Recorded { release }| release)
    }
}

impl Event for ReleaseEvent {
    /// 2 groups origins by file; what 1 holds is read as it is.
    const SCHEMA: u32 = 2;

    fn kind(&self) -> &'static str {
        match self {
            Self::Recorded { .. } => "release.recorded",
        }
    }

    fn read(entry: &Entry) -> Result<Self> {
        /// [`Recorded`](ReleaseEvent::Recorded), read in one pass.
        #[derive(Deserialize)]
        struct Recorded {
            release: Box<Release>,
        }

        Self::check_schema(entry)?;
        match entry.record.kind.as_str() {
            "release.recorded" => entry.record.body.decode().map(|Recorded { release }| Self::Recorded { release }),
            _ => entry.record.body.decode(),
        }
    }
}
