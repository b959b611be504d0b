//! Holding environments.

use std::sync::Arc;

use eve_core::{EnvironmentId, Error, LeaseName, Result, codes};
use tokio::sync::oneshot;

use crate::keeper::Keeper;
use crate::parts::Parts;
use crate::{Engine, fences};

/// How many leases are taken at most whose tokens turn out to be old ones.
const TRIES: u32 = 16;

impl Engine {
    /// Takes the lease of an environment, and turns away whoever held it before.
    ///
    /// Where the machine lost its power, a data plane may know a larger token than the journal does: one that is
    /// refused while the lease holds is given back for the next one.
    ///
    /// # Errors
    /// `lease.held`; whatever a backend answers that cannot be told. The lease is given back then.
    pub(crate) async fn hold(&self, env: &EnvironmentId) -> Result<Keeper> {
        let Parts { env: clock, journal, holder, settings, .. } = &self.parts;
        let mut left = TRIES;
        loop {
            left -= 1;
            let taken = clock.monotonic();
            // A run of this very process is a holder like any other: one change at a time.
            let lease = journal.acquire(&LeaseName::environment(env), holder, settings.lease).await?;
            let keeper = Keeper::hold(clock, Arc::clone(journal), lease, taken);
            let Err(error) = fences::raise(&self.parts, &keeper, env).await else { return Ok(keeper) };
            let is_old = *error.code() == codes::LEASE_LOST && keeper.check().is_ok();
            keeper.end().await;
            if left == 0 || !is_old {
                return Err(error);
            }
            tracing::warn!(error = %error, environment = %env, "a larger token is known there, taking the next one");
        }
    }

    /// Does beside the caller what holds an environment. A caller who stops waiting stops nothing: what was half
    /// done would hold the environment for as long as the process lives.
    ///
    /// # Errors
    /// Those of the work; `run.interrupted` if the engine went away meanwhile.
    pub(crate) async fn beside<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let (tell, told) = oneshot::channel();
        self.parts.env.spawn(Box::pin(async move {
            let _ = tell.send(work.await);
        }));
        told.await.unwrap_or_else(|_| {
            let error = Error::unavailable(codes::RUN_INTERRUPTED, "the engine went away before the run was told");
            Err(error.with_hint("recover() of the next engine ends what was begun"))
        })
    }
}
