//! Turning the holders before this one away.

use eve_core::{Deadline, EnvironmentId, Result};

use crate::keeper::Keeper;
use crate::parts::Parts;
use crate::patience::Patience;

/// Raises the fence everywhere, after the lease was taken and before anything is observed: a late
/// operation of a holder before is seen then, or refused.
///
/// # Errors
/// `deadline.exceeded` if they take longer than one operation may; whatever a backend answers that
/// cannot be reached in time.
pub(crate) async fn raise(parts: &Parts, keeper: &Keeper, env: &EnvironmentId) -> Result<()> {
    let patience = Patience::of(parts, keeper);
    let deadline = Deadline::after(&*parts.env, parts.settings.operation);
    let routes = parts.all_routes().into_iter().map(|routes| routes.fencing());
    let all = [parts.runtime.fencing(), parts.runner.fencing()].into_iter().chain(routes);
    let all: Vec<_> = all.flatten().collect();
    for fencing in all {
        let raising = patience.ask("raising the fence", || fencing.raise(env, keeper.fence()));
        deadline.limit(&*parts.env, "the fence to be raised", raising).await??;
    }
    Ok(())
}
