//! Ending a wait.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{Around, Call, Wrap};
use crate::{Deadline, Env, Result};

/// Ends waiting for calls that do not end by themselves.
///
/// An operation has a deadline of its own, which the backend keeps and cleans up at: it gets that
/// long beyond it. Any other call gets that long from its beginning. What answers at once, and
/// streams, are not limited. Only the waiting ends: the call's own documentation says what dropping
/// it leaves behind.
pub type Timeout<T> = Wrap<T, Limit>;

/// How long calls may take.
#[derive(Debug, Clone)]
pub struct Limit {
    env: Arc<dyn Env>,
    limit: Duration,
}

impl<T> Wrap<T, Limit> {
    /// Waits that long.
    pub fn new(inner: T, env: Arc<dyn Env>, limit: Duration) -> Self {
        Self::around(inner, Limit { env, limit })
    }
}

impl Around for Limit {
    async fn call<'a, T: Send + 'a>(
        &'a self,
        call: Call<'a>,
        work: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let own = call.cx.map(|cx| cx.deadline.remaining(&*self.env)).unwrap_or_default();
        let deadline = Deadline::after(&*self.env, own.saturating_add(self.limit));
        deadline.limit(&*self.env, call.method.as_str(), work()).await?
    }
}
