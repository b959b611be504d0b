//! The seam to whatever holds processes.

use std::fmt::{Debug, Display};
use std::time::Duration;

use async_trait::async_trait;
use eve_core::{LogItem, LogOptions, Result};
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use super::{ChildId, ChildSpec, ChildStatus, Mandate};

/// Holds processes: starts, watches, restarts and ends them, and keeps their logs.
///
/// It is steered by messages only, so that it can live in another process than its owner, and
/// outlive it. It knows nothing of services or attempts.
#[async_trait]
pub trait ChildHolder: Debug + Display + Send + Sync + 'static {
    /// Refuses every older token of an environment from now on.
    ///
    /// **Behaviour**
    /// - every child that an older token started is listed from now on, or was refused.
    ///
    /// # Errors
    /// `lease.lost` if a younger token was seen; `supervisor.lost`, `supervisor.unavailable`.
    async fn raise(&self, under: &Mandate) -> Result<()>;

    /// Starts a child, or finds it. A program that cannot be started is no error: the status says so.
    ///
    /// **Behaviour**
    /// - a child of this id that is held, whatever became of it, or a live one in the same
    ///   [slot](ChildSpec::slot), is the answer, and nothing is started;
    /// - returns once its first process runs, or cannot be started;
    /// - dropping the future stops waiting, not the start.
    ///
    /// # Errors
    /// `lease.lost`, `port.taken`; `state.disk_full`, `state.read_only`, `state.io`;
    /// `supervisor.lost`.
    async fn start(&self, spec: ChildSpec, under: &Mandate) -> Result<Begun>;

    /// Asks a child to end, kills what is left of it when `grace` is over, and returns when nothing
    /// of it is left. None if no such child is held.
    ///
    /// Dropping the future stops waiting, not the end.
    ///
    /// # Errors
    /// `lease.lost`; `state.read_only`; `supervisor.lost`.
    async fn stop(&self, id: &ChildId, grace: Duration, under: &Mandate) -> Result<Option<ChildStatus>>;

    /// Lets go of a child that ended, and gives its ports back. False if it is not held, or still
    /// runs.
    ///
    /// # Errors
    /// `lease.lost`; `state.disk_full`, `state.read_only`, `state.io`; `supervisor.lost`.
    async fn release(&self, id: &ChildId, remains: Remains, under: &Mandate) -> Result<bool>;

    /// The children that are held and whose ids begin with these folders; all of them below `""`.
    ///
    /// # Errors
    /// `supervisor.lost`.
    async fn list(&self, below: &str) -> Result<Vec<ChildStatus>>;

    /// One child; none if it is not held.
    ///
    /// # Errors
    /// `supervisor.lost`.
    async fn status(&self, id: &ChildId) -> Result<Option<ChildStatus>>;

    /// The number of the last change, again after every one that follows: the newest if several
    /// came together.
    ///
    /// An `Err` is a gap: the stream goes on, and what is listed after it may have changed.
    fn watch(&self) -> BoxStream<'static, Result<u64>>;

    /// What a child wrote, as long as its folder is there.
    fn logs(&self, id: &ChildId, how: &LogOptions) -> BoxStream<'static, Result<LogItem>>;
}

/// How starting went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Begun {
    /// The child that is there now.
    pub status: ChildStatus,
    /// True if it was started by this very call; false if it was found.
    pub new: bool,
}

impl Begun {
    pub(super) fn new(status: ChildStatus) -> Self {
        Self { status, new: true }
    }

    pub(super) fn found(status: ChildStatus) -> Self {
        Self { status, new: false }
    }
}

/// What becomes of a child's folder when it is let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remains {
    /// Its record and its log stay.
    Kept,
    /// Nothing stays.
    Removed,
}
