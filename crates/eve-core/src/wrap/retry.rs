//! Trying again.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{self, BoxFuture, Either};

use super::{Around, Call, Wrap};
use crate::{Env, Result};

/// Tries calls again whose failure may pass, if calling twice does no more than calling once.
///
/// The pause doubles from try to try, and half of it is random. It ends at once when the operation
/// is cancelled, and there is no further try once its deadline has passed: the last failure is the
/// answer then.
pub type Retry<T> = Wrap<T, Retrying>;

/// How often and after which pauses calls are tried.
#[derive(Debug, Clone)]
pub struct Retrying {
    env: Arc<dyn Env>,
    tries: u32,
    pause: Duration,
    longest: Duration,
}

impl<T> Wrap<T, Retrying> {
    /// Tries each call 4 times at most, with pauses from 100 ms to 5 s.
    pub fn new(inner: T, env: Arc<dyn Env>) -> Self {
        let (pause, longest) = (Duration::from_millis(100), Duration::from_secs(5));
        Self::around(inner, Retrying { env, tries: 4, pause, longest })
    }

    /// How often a call is tried at most, the first time included.
    pub fn with_tries(mut self, tries: u32) -> Self {
        self.around.tries = tries;
        self
    }

    /// The first and the longest pause.
    pub fn with_pauses(mut self, first: Duration, longest: Duration) -> Self {
        (self.around.pause, self.around.longest) = (first, longest);
        self
    }
}

impl Retrying {
    /// The pause after the `failed`th try: between half and all of the doubled first one.
    fn pause(&self, failed: u32) -> Duration {
        let full = self.pause.saturating_mul(1 << (failed - 1).min(16)).min(self.longest);
        let half = full / 2;
        let nanos = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
        half + Duration::from_nanos(self.env.random() % nanos.saturating_add(1).max(1))
    }

    /// Waits before the next try. False if there is to be none.
    async fn wait(&self, call: &Call<'_>, pause: Duration) -> bool {
        let Some(cx) = call.cx else {
            self.env.sleep(pause).await;
            return true;
        };
        if cx.deadline.remaining(&*self.env) <= pause {
            return false;
        }
        let cancelled = std::pin::pin!(cx.cancel.cancelled());
        matches!(future::select(cancelled, self.env.sleep(pause)).await, Either::Right(_))
    }
}

impl Around for Retrying {
    async fn call<'a, T: Send + 'a>(
        &'a self,
        call: Call<'a>,
        work: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let mut failed = 0;
        loop {
            match work().await {
                Err(error) if error.is_retryable() && call.method.is_idempotent() => {
                    failed += 1;
                    if failed >= self.tries || !self.wait(&call, self.pause(failed)).await {
                        return Err(error);
                    }
                }
                answer => return answer,
            }
        }
    }
}
