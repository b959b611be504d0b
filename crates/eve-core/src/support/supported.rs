//! Asking, key by key.

use serde::Serialize;

use super::asked::{ASKED, Asked};
use super::ground::{self, Ground, Named};
use crate::plan::RouteTable;
use crate::{Addresses, Bound, Changes, Loss, LossGrade, Observed, Result, compose};

/// What a runtime makes of one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Support {
    /// The key below a service's name, near to how [losses](Loss::path) have it, and the value in question where it
    /// matters: `resources.limits.cpu`, `rollout.strategy: rolling`. What stands below a job starts with `job.`, what
    /// stands below a volume with `volumes.`.
    pub key: &'static str,
    /// How much of it is lost; nothing if it is honoured exactly.
    pub lost: Option<LossGrade>,
    /// How, or why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Planning, as [`Runtime::plan`](crate::Runtime::plan) has it.
pub(super) type Plan<'p> = &'p dyn Fn(&Bound, &Observed, &dyn Addresses) -> Result<Changes>;

/// What a runtime makes of every key of a service, a job and a volume: planning is pure, so each key is put before
/// it on its own, and the answer says what is lost. No table is kept beside the code that plans.
///
/// ```
/// use std::sync::Arc;
///
/// use eve_core::{Runtime as _, SystemEnv, memory::MemoryRuntime, support};
///
/// let runtime = MemoryRuntime::new(Arc::new(SystemEnv::new()));
/// let table = support(&|want, seen, at| runtime.plan(want, seen, at))?;
/// let cpu = table.iter().find(|one| one.key == "resources.limits.cpu").unwrap();
/// assert_eq!(cpu.reason.as_deref(), Some("nothing in memory uses a processor"));
/// # Ok::<(), eve_core::Error>(())
/// ```
///
/// # Errors
/// That of planning a service which asks for nothing, where none of any kind can be planned.
pub fn support(plan: Plan<'_>) -> Result<Vec<Support>> {
    let ground = Ground::of(plan)?;
    Ok(ASKED.iter().map(|asked| answer(plan, &ground, asked)).collect())
}

/// The best that comes of the ways in which a key can be asked for: they differ in what builders make alone.
fn answer(plan: Plan<'_>, ground: &Ground, asked: &Asked) -> Support {
    let ways = asked.ways.iter().map(|way| {
        let mut want = ground.want.clone();
        way.ask(&mut want);
        ground::write(&mut want, asked.key);
        match losses(plan, &want) {
            Ok(losses) => lost(&ground.losses, losses),
            Err(error) => (Some(LossGrade::Refused), Some(error.to_string())),
        }
    });
    let (lost, reason) = ways.min_by_key(|(lost, _)| *lost).unwrap_or_default();
    Support { key: asked.key, lost, reason }
}

/// All that a plan loses of a target state: what the runtime says, and what holds on every one.
///
/// # Errors
/// That of planning it.
pub(super) fn losses(plan: Plan<'_>, want: &Bound) -> Result<Vec<Loss>> {
    let seen = ground::nothing();
    let changes = plan(want, &seen, &Named)?;
    let routes = RouteTable::new(&want.desired, Vec::new());
    Ok(compose(want, &seen, &changes, &routes)?.losses)
}

/// What is lost beyond what was lost anyway.
fn lost(before: &[Loss], mut losses: Vec<Loss>) -> (Option<LossGrade>, Option<String>) {
    losses.retain(|loss| !before.contains(loss));
    let worst = losses.iter().map(|loss| loss.grade).max();
    let mut reasons: Vec<String> = losses.into_iter().map(|loss| loss.reason).collect();
    reasons.dedup();
    (worst, (!reasons.is_empty()).then(|| reasons.join("; ")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;
    use crate::memory::MemoryRuntime;
    use crate::{Runtime as _, SystemEnv};

    #[test]
    fn every_key_has_an_answer_and_what_is_lost_a_reason() {
        let runtime = MemoryRuntime::new(Arc::new(SystemEnv::new()));
        let table = support(&|want, seen, at| runtime.plan(want, seen, at)).unwrap();
        assert_eq!(table.iter().map(|one| one.key).collect::<BTreeSet<_>>().len(), ASKED.len());
        assert!(table.iter().all(|one| one.lost.is_some() == one.reason.is_some()), "{table:#?}");
        assert!(table.iter().any(|one| one.lost.is_none()));
    }

    #[test]
    fn who_plans_nothing_has_no_table() {
        let refused = || crate::Error::invalid(crate::codes::PLAN_REFUSED, "never");
        let error = support(&|_, _, _| Err(refused())).unwrap_err();
        assert_eq!(*error.code(), crate::codes::PLAN_REFUSED);
    }
}
