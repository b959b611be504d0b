//! What keeps an attempt from starting. Pure.

use std::time::Duration;

use eve_core::{Finding, Verdict};
use kube::api::DynamicObject;

use super::attempt::label;
use super::found::Found;
use crate::diagnosis::{ClusterView, diagnose};
use crate::runtime::is_in_trouble;

/// When it is looked again where nothing says when it will be too late.
const AGAIN: Duration = Duration::from_secs(5);

/// What follows from what keeps an attempt from starting.
#[derive(Debug)]
pub(super) enum HoldUp {
    /// It will not start by itself.
    Final(Box<Finding>),
    /// It may yet start; whether it will is to be looked at again after that long.
    ForNow(Duration),
}

/// True if something seems to keep an attempt from starting.
pub(super) fn seems<'a>(found: &Found, mut events: impl Iterator<Item = &'a DynamicObject>) -> bool {
    if found.has_run() || found.is_ending || !found.attempt.begun || found.attempt.blocked.is_some() {
        return false;
    }
    let pod = found.pod.as_ref().and_then(|pod| pod.metadata.uid.as_deref());
    let warns = |event: &DynamicObject| {
        let about = event.data["involvedObject"]["uid"].as_str();
        event.data["type"] == "Warning" && about.is_some() && (about == Some(&found.attempt.uid) || about == pod)
    };
    found.pod.as_ref().is_some_and(is_in_trouble) || events.any(warns)
}

/// What it is that keeps an attempt from starting.
pub(super) fn judge(found: &Found, view: &ClusterView) -> HoldUp {
    let about: Vec<Finding> = diagnose(view).into_iter().filter_map(|finding| of(found, finding)).collect();
    if let Some(last) = about.iter().find(|finding| finding.ends_a_wait(view.at)) {
        return HoldUp::Final(Box::new(last.clone()));
    }
    let left = about.iter().filter_map(|finding| match finding.verdict {
        Verdict::Grace(grace) => Some(grace.saturating_sub(view.at.since(finding.since))),
        _ => None,
    });
    HoldUp::ForNow(left.min().map_or(AGAIN, |left| left.min(AGAIN)))
}

/// A finding as one about the attempt; none if it is about something else.
fn of(found: &Found, mut finding: Finding) -> Option<Finding> {
    let job = label(&found.attempt.id);
    let pod = found.pod.as_ref().and_then(|pod| pod.metadata.name.as_deref());
    let place = std::iter::once(&finding).chain(&finding.symptoms).find_map(|one| {
        let place = one.subject.place.as_ref()?;
        let is_own = match place.kind.as_str() {
            "Job" => place.name == job,
            "Pod" => Some(place.name.as_str()) == pod,
            _ => false,
        };
        is_own.then(|| place.clone())
    })?;
    let root = finding.subject.place.take().unwrap_or(place);
    finding.subject = found.attempt.subject().with_place(root);
    Some(finding)
}
