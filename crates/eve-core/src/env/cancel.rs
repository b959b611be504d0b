//! Cancellation.

use std::fmt;

use tokio_util::sync::CancellationToken;

use crate::{Error, Result, codes};

/// Says whether work was cancelled. Clones share one state; a [`child`](Self::child) is cancelled
/// with its parent and not the other way round.
#[derive(Clone, Default)]
pub struct Cancel(CancellationToken);

impl Cancel {
    /// A state of its own, not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels, for good.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// True once cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits for the cancellation. Dropping the future only stops waiting.
    pub async fn cancelled(&self) {
        self.0.cancelled().await;
    }

    /// A state that is cancelled with this one.
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }

    /// Fails once cancelled.
    ///
    /// # Errors
    /// `cancelled`.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Self::error()) } else { Ok(()) }
    }

    /// The error by which cancelled work reports itself.
    pub fn error() -> Error {
        Error::cancelled(codes::CANCELLED, "cancelled by the caller")
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cancel({})", self.is_cancelled())
    }
}
