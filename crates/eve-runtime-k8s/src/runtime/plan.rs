//! From a target state to changes. Pure.

use eve_core::{
    Addresses, Body, Bound, Capabilities, Changes, Error, Loss, LossGrade, ObjectId, Observed, Op, Owner, Result, Verb,
    codes,
};

use super::facts::{Attempts, Facts};
use super::kept::Kept;
use super::losses;
use crate::api::Kind;
use crate::config::K8sConfig;
use crate::render::{must_stop_first, render};

/// What has to change.
///
/// # Errors
/// As [`Runtime::plan`](eve_core::Runtime::plan), and `object.conflict`.
pub(super) fn plan(
    config: &K8sConfig,
    capabilities: &Capabilities,
    want: &Bound,
    seen: &Observed,
    at: &dyn Addresses,
) -> Result<Changes> {
    seen.check_environment(want.environment())?;
    capabilities.check(want)?;
    let rendered = render(config, want, at)?;
    let facts = Facts::of(seen)?;
    let conflicts = rendered.iter().flat_map(|one| {
        let id = one.id();
        let hash = Body::of(&one.content).map(|body| body.digest()).ok();
        let changes = seen.object(&id).is_some_and(|object| object.hash != hash);
        facts.conflicts(&id, &one.content.object, changes).into_iter().map(move |held| format!("{id}: {held}"))
    });
    let conflicts: Vec<String> = conflicts.collect();
    if !conflicts.is_empty() {
        let text = format!("others manage fields that the manifest sets: {}", conflicts.join(", "));
        return Err(Error::conflict(codes::OBJECT_CONFLICT, text)
            .with_hint("let them give the fields up, or leave them out of the manifest; nothing is ever forced"));
    }
    let kept = Kept::of(seen)?;
    let wanted = rendered.into_iter().map(|one| {
        let lost = kept.lost(&one.id(), &one.content.object);
        let wanted = one.wanted()?;
        Ok(if lost.is_empty() { wanted } else { wanted.with_repair(format!("others took away {}", lost.join(", "))) })
    });
    let wanted = wanted.collect::<Result<Vec<_>>>()?;
    let mut changes = Changes::diff(wanted, seen)?;
    for (name, service) in &want.desired.services {
        let starts = changes.ensure.iter().any(|op| op.service.as_ref() == Some(name));
        if let Some(reason) = must_stop_first(service).filter(|_| starts) {
            changes.stop_first.insert(name.clone(), reason.to_owned());
        }
        changes.losses.extend(losses::of_service(config, name, service, want));
    }
    for (name, job) in &want.desired.jobs {
        changes.losses.extend(losses::of_job(name, job, want));
    }
    keep_claims(&mut changes, want);
    leave_claims(&mut changes);
    keep_namespace(&mut changes, seen)?;
    in_order(&mut changes);
    Ok(changes)
}

/// What a volume holds outlives the release that stops using it: only the end of the environment removes it.
fn keep_claims(changes: &mut Changes, want: &Bound) {
    if want.ends {
        return;
    }
    let (kept, gone): (Vec<_>, Vec<_>) = changes.retire.drain(..).partition(|op| is(op, Kind::Claim));
    changes.retire = gone;
    for op in kept {
        let path = format!("volumes.{}", op.object.name);
        let how = "no service uses it any more; it is kept until the environment is deleted";
        changes.losses.push(Loss::new(path, LossGrade::Approximated, how));
    }
}

/// What was claimed stays as it is: hardly anything of a claim can be changed.
fn leave_claims(changes: &mut Changes) {
    let (left, rest): (Vec<_>, Vec<_>) =
        changes.ensure.drain(..).partition(|op| is(op, Kind::Claim) && op.verb == Verb::Update);
    changes.ensure = rest;
    for op in left {
        let path = format!("volumes.{}", op.object.name);
        let how = "it stays as it was made, with its storage class and size";
        changes.losses.push(Loss::new(path, LossGrade::Approximated, how));
    }
}

/// A namespace goes with the last thing in it: not while a volume is kept there, an attempt runs, or something is not
/// ours. What is of a kind that Eve does not make is looked for only when the namespace is about to be removed.
fn keep_namespace(changes: &mut Changes, seen: &Observed) -> Result<()> {
    let goes = |id: &ObjectId| changes.retire.iter().any(|op| op.object == *id);
    let stranger = seen.objects.iter().find(|object| object.owner == Owner::Stranger);
    let attempts = Attempts::of(seen)?;
    let why = match (stranger, attempts.first()) {
        (Some(stranger), _) => Some(format!("{} is in it, which is not Eve's", stranger.id)),
        (None, Some(attempt)) => Some(format!("{attempt} still runs in it")),
        (None, None) => None,
    };
    if why.is_none() && seen.objects.iter().all(|object| goes(&object.id)) {
        return Ok(());
    }
    let before = changes.retire.len();
    changes.retire.retain(|op| !is(op, Kind::Namespace));
    if let Some(why) = why.filter(|_| before > changes.retire.len()) {
        changes.losses.push(Loss::new("namespace", LossGrade::Approximated, why));
    }
    Ok(())
}

/// The namespace goes last, and everything else in turn before what it needs.
fn in_order(changes: &mut Changes) {
    let rank = |op: &Op| Kind::of_word(&op.object.kind);
    changes.retire.sort_by_key(|op| std::cmp::Reverse(rank(op)));
    let others: Vec<ObjectId> =
        changes.retire.iter().filter(|op| !is(op, Kind::Namespace)).map(|op| op.object.clone()).collect();
    for op in changes.retire.iter_mut().filter(|op| is(op, Kind::Namespace)) {
        op.after_objects.clone_from(&others);
    }
}

fn is(op: &Op, kind: Kind) -> bool {
    op.object.kind == kind.word()
}
