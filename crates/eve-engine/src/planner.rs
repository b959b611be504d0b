//! Observing, planning, composing.

use eve_core::plan::{PlannedAddresses, RouteTable};
use eve_core::{Bound, Error, Loss, LossGrade, Observed, ObservedRoute, Origins, Plan, Result, codes, compose};

use crate::parts::Parts;

/// A plan with what it was made from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Preparation {
    /// The plan.
    pub plan: Plan,
    /// What is to be applied.
    pub bound: Bound,
    /// The objects as they were seen.
    pub seen: Observed,
    /// The routes as they were seen.
    pub routes: Vec<ObservedRoute>,
}

/// Plans the way from what is there to what is wanted; from what was `seen`, or what is there now. Changes nothing.
///
/// # Errors
/// `plan.refused` if something cannot be honoured at all, with every such thing; whatever the
/// backends answer.
pub(crate) async fn prepare(parts: &Parts, bound: Bound, seen: Option<Observed>) -> Result<Preparation> {
    let env = bound.environment().clone();
    let seen = match seen {
        Some(seen) => seen,
        None => parts.runtime.observe(&env).await?,
    };
    let mut routes = Vec::new();
    for part in parts.all_routes() {
        routes.extend(part.observe(&env).await?);
    }
    let addresses = PlannedAddresses::of(&bound.desired, &*parts.internal).await?;
    let changes = parts.runtime.plan(&bound, &seen, &addresses)?;
    let table = RouteTable::new(&bound.desired, routes.clone());
    let plan = compose(&bound, &seen, &changes, &table)?;
    refuse(parts, &plan.losses, &bound.desired.origins)?;
    Ok(Preparation { plan, bound, seen, routes })
}

/// Refuses what cannot be honoured at all.
///
/// # Errors
/// `plan.refused`, with every such thing.
pub(crate) fn refuse(parts: &Parts, losses: &[Loss], origins: &Origins) -> Result<()> {
    let refused = losses.iter().filter(|loss| loss.grade == LossGrade::Refused);
    let reasons: Vec<_> =
        refused.map(|loss| format!("{} ({}): {}", loss.path, origins.of(&loss.path), loss.reason)).collect();
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(codes::PLAN_REFUSED, format!("{} cannot honour {}", parts.runtime, reasons.join("; "))))
}
