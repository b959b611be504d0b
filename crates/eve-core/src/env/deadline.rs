//! Deadlines.

use std::future::Future;
use std::time::Duration;

use futures_util::future::{self, Either};

use crate::{Env, Error, Monotonic, Result, codes};

/// The instant by which something has to be over. Every wait of Eve has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Monotonic);

impl Deadline {
    /// `within` from now.
    pub fn after(env: &dyn Env, within: Duration) -> Self {
        Self(env.monotonic() + within)
    }

    /// The time that is left, 0 if it passed.
    pub fn remaining(self, env: &dyn Env) -> Duration {
        self.0.since(env.monotonic())
    }

    /// True once it passed.
    pub fn has_passed(self, env: &dyn Env) -> bool {
        self.remaining(env).is_zero()
    }

    /// The earlier of two deadlines.
    pub fn earlier(self, other: Self) -> Self {
        self.min(other)
    }

    /// Waits for a future, no longer than until this deadline. The future is dropped then: what
    /// that leaves behind is the future's own documentation's matter.
    ///
    /// # Errors
    /// `deadline.exceeded`, naming `what` was waited for.
    pub async fn limit<T>(self, env: &dyn Env, what: &str, work: impl Future<Output = T>) -> Result<T> {
        let timer = env.sleep(self.remaining(env));
        match future::select(std::pin::pin!(work), timer).await {
            Either::Left((done, _)) => Ok(done),
            Either::Right(((), _)) => Err(Self::exceeded(what)),
        }
    }

    /// The error by which a passed deadline is reported.
    pub fn exceeded(what: &str) -> Error {
        Error::deadline_exceeded(codes::DEADLINE_EXCEEDED, format!("the deadline passed while waiting for {what}"))
    }
}
