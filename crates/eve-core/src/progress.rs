//! How far something is, for user interfaces.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One piece of progress: enough to draw a tree from, and nothing that was not asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProgressEvent {
    /// What it is about; the same in all its events.
    pub id: String,
    /// What that is part of.
    pub parent: Option<String>,
    /// How it is.
    pub status: ProgressStatus,
    /// One line for people.
    pub text: String,
    /// How much is done, where that can be counted.
    pub current: Option<u64>,
    /// How much there is, where that is known.
    pub total: Option<u64>,
}

impl ProgressEvent {
    /// A piece of progress without numbers.
    pub fn new(id: impl Into<String>, status: ProgressStatus, text: impl Into<String>) -> Self {
        Self { id: id.into(), parent: None, status, text: text.into(), current: None, total: None }
    }

    /// Says what it is part of.
    pub fn with_parent(mut self, parent: impl Into<String>) -> Self {
        self.parent = Some(parent.into());
        self
    }

    /// Says how much is done of how much.
    pub fn with_count(mut self, current: u64, total: u64) -> Self {
        self.current = Some(current);
        self.total = Some(total);
        self
    }
}

/// How something that makes progress is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProgressStatus {
    /// It began.
    Started,
    /// It goes on.
    Running,
    /// It ended well.
    Done,
    /// It was not needed.
    Skipped,
    /// It failed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// Where progress goes. Cheap to clone; silent unless somebody listens.
#[derive(Clone)]
pub struct Progress(Option<Arc<dyn Fn(ProgressEvent) + Send + Sync>>);

impl Progress {
    /// Nobody listens.
    pub fn silent() -> Self {
        Self(None)
    }

    /// Somebody listens. The listener must not block.
    pub fn to(listener: impl Fn(ProgressEvent) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    /// Says how far something is. The event is only made if somebody listens.
    pub fn say(&self, event: impl FnOnce() -> ProgressEvent) {
        if let Some(listener) = &self.0 {
            listener(event());
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Progress" } else { "Progress(silent)" })
    }
}
