//! Asking again what may pass.

use std::fmt::Display;
use std::time::Duration;

use eve_core::{Cancel, Deadline, Env, Error, ErrorKind, Result};

use crate::keeper::Keeper;
use crate::parts::Parts;

/// The first pause; it doubles.
const PAUSE: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(2);

/// Asks a backend again whose failure may pass: it is restarted, or was not reached.
///
/// Everything that an engine asks of a backend in a run does no more when it is asked twice. It ends
/// with the last failure at its deadline, and at once when the work is cancelled or the lease is
/// about to be over.
#[derive(Debug, Clone)]
pub(crate) struct Patience<'a> {
    env: &'a dyn Env,
    keeper: &'a Keeper,
    cancel: Cancel,
    deadline: Deadline,
}

impl<'a> Patience<'a> {
    /// As long as one operation may take, whoever cancels.
    pub(crate) fn of(parts: &'a Parts, keeper: &'a Keeper) -> Self {
        let env = &*parts.env;
        Self { env, keeper, cancel: Cancel::new(), deadline: Deadline::after(env, parts.settings.operation) }
    }

    /// No longer than until somebody cancels.
    pub(crate) fn until_cancelled(self, cancel: &Cancel) -> Self {
        Self { cancel: cancel.clone(), ..self }
    }

    /// Until this deadline at least.
    pub(crate) fn at_least(self, deadline: Deadline) -> Self {
        Self { deadline: self.deadline.max(deadline), ..self }
    }

    /// Asks until there is an answer.
    ///
    /// # Errors
    /// `cancelled` or `lease.lost` between two tries; else what was answered last.
    pub(crate) async fn ask<T, F: Future<Output = Result<T>>>(
        &self,
        what: impl Display,
        ask: impl Fn() -> F,
    ) -> Result<T> {
        let mut pause = PAUSE;
        loop {
            match ask().await {
                Err(error) if may_pass(&error) && self.deadline.remaining(self.env) > pause => {
                    tracing::warn!(error = %error, "{what} failed, trying again");
                }
                answer => return answer,
            }
            tokio::select! {
                () = self.cancel.cancelled() => return Err(Cancel::error()),
                () = self.env.sleep(pause) => pause = (pause * 2).min(LONGEST),
            }
            self.keeper.check()?;
        }
    }
}

/// A full disk may have room again some day; nobody waits for that in a run.
fn may_pass(error: &Error) -> bool {
    error.kind() == ErrorKind::Unavailable
}
