//! Runs whose end the journal could not take.

use std::time::Duration;

use eve_core::event::Fault;
use eve_core::{EnvironmentId, Result, RunId};
use futures_util::future::BoxFuture;

use crate::{Engine, reading};

/// The first pause; it doubles.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(30);

/// A run of this process that is over, and of which the journal does not say so.
#[derive(Debug, Clone)]
pub(crate) struct Unended {
    pub(crate) run: RunId,
    /// Why it did not succeed, as its report says; none if it did.
    pub(crate) why: Option<Fault>,
}

impl Engine {
    /// Takes a run up again as soon as the journal can be written to: where an engine lives on, nobody
    /// else would before the next deploy. What failed is undone then.
    pub(crate) fn end_later(self, env: EnvironmentId, unended: Unended) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let mut pause = PAUSE;
            loop {
                self.parts.env.sleep(pause).await;
                pause = (pause * 2).min(LONGEST);
                match self.end_now(&env, &unended).await {
                    Ok(true) => return,
                    // Somebody holds the environment, or the lease of this run is not over yet.
                    Ok(false) => {}
                    Err(error) if error.is_retryable() => {
                        tracing::warn!(error = %error, run = %unended.run, "the run is not ended yet, trying again");
                    }
                    Err(error) => {
                        tracing::error!(error = %error, run = %unended.run, "the run is left to the next engine");
                        return;
                    }
                }
            }
        })
    }

    /// True if the run is over, or taken up.
    async fn end_now(&self, env: &EnvironmentId, unended: &Unended) -> Result<bool> {
        if self.recover_unended(env, Some(unended.clone())).await?.is_some() {
            return Ok(true);
        }
        Ok(!reading::run(&*self.parts.journal, env, &unended.run).await?.is_active())
    }
}
