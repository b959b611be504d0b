//! Events of an environment's stream, its ledger, and of a project's releases.

use serde::{Deserialize, Serialize};

use super::{Event, Fault, Undo};
use crate::{Bound, Expected, Release, RunId, Timestamp};

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

impl Event for ReleaseEvent {
    /// 2 groups origins by file; what 1 holds is read as it is.
    const SCHEMA: u32 = 2;

    fn kind(&self) -> &'static str {
        match self {
            Self::Recorded { .. } => "release.recorded",
        }
    }
}
