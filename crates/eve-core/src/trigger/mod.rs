//! What starts a pipeline by itself.

mod branch;
mod schedule;

use serde::{Deserialize, Serialize};

use crate::PipelineName;

pub use branch::BranchPattern;
pub use schedule::Schedule;

/// The events that start a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Trigger {
    /// A push to the project's repository.
    Push {
        /// The branches that count; none means all of them.
        branch: Option<BranchPattern>,
    },
    /// Something that happens to a pull request.
    PullRequest {
        /// What counts; empty means all of it.
        actions: Vec<PullRequestAction>,
        /// The branches that it goes to; none means all of them.
        base: Option<BranchPattern>,
    },
    /// A schedule, in UTC.
    Schedule {
        /// The minutes at which it starts.
        at: Schedule,
    },
    /// Something that the platform tells of itself.
    System {
        /// The event (`pipeline.failed`).
        event: String,
        /// The pipeline that it is about; none means all of them.
        pipeline: Option<PipelineName>,
    },
    /// An event of another system.
    Event {
        /// Who tells of it.
        source: String,
        /// Which of its events count; none means all of them.
        kind: Option<String>,
    },
    /// Nothing: somebody has to ask for it.
    Manual,
}

/// What happens to a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PullRequestAction {
    /// It was opened.
    Opened,
    /// Commits were added.
    Synchronize,
    /// It was opened again.
    Reopened,
    /// It was closed, merged or not.
    Closed,
}
