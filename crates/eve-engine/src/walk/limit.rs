//! A walk with a deadline of its own.

use std::time::Duration;

use eve_core::event::Fault;
use eve_core::{Bound, Deadline, Observed, Plan};
use futures_util::future::{self, Either};

use super::{Scope, Stopped, Walked, walk};

/// Walks a plan; a walk that takes longer than that is stopped like a cancelled one, and its fault
/// says that its time was up.
///
/// # Errors
/// As [`walk`].
pub(crate) async fn walk_within(
    scope: &Scope,
    plan: &Plan,
    bound: &Bound,
    seen: Option<&Observed>,
    within: Option<Duration>,
) -> Result<Walked, Stopped> {
    let Some(within) = within else { return walk(scope, plan, bound, seen).await };
    let limited = Scope { cancel: scope.cancel.child(), ..scope.clone() };
    let walking = std::pin::pin!(walk(&limited, plan, bound, seen));
    match future::select(walking, scope.parts.env.sleep(within)).await {
        Either::Left((walked, _)) => walked,
        Either::Right(((), walking)) => {
            limited.cancel.cancel();
            walking.await.map_err(|mut stopped| {
                if stopped.fault.is_cancellation() && !scope.cancel.is_cancelled() {
                    stopped.fault = Fault::from(Deadline::exceeded(&scope.parent));
                }
                stopped
            })
        }
    }
}
