//! Turning the holders before this one away.

use eve_core::{EnvironmentId, Result};

use crate::keeper::Keeper;
use crate::parts::Parts;
use crate::patience::Patience;

/// Raises the fence everywhere, after the lease was taken and before anything is observed: a late
/// operation of a holder before is seen then, or refused.
///
/// # Errors
/// Whatever a backend answers that cannot be reached in time.
pub(crate) async fn raise(parts: &Parts, keeper: &Keeper, env: &EnvironmentId) -> Result<()> {
    let patience = Patience::of(parts, keeper);
    let routes = parts.all_routes().into_iter().map(|routes| routes.fencing());
    let all = [parts.runtime.fencing(), parts.runner.fencing()].into_iter().chain(routes);
    for fencing in all.flatten() {
        patience.ask("raising the fence", || fencing.raise(env, keeper.fence())).await?;
    }
    Ok(())
}
