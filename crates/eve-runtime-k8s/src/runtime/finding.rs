//! What is wrong with the pods of an object. Pure.

use std::time::Duration;

use eve_core::{Evidence, FaultOwner, Finding, Object, RetryClass, Subject, Verdict, codes};
use k8s_openapi::api::core::v1::Pod;
use kube::api::DynamicObject;

use super::look::Look;
use super::observe::was_ready;
use super::pods;

/// How long a first crash may last before it ends a wait.
const FIRST_CRASH: Duration = Duration::from_secs(2);
/// How long a crash of what was ready may last.
const LATER_CRASH: Duration = Duration::from_secs(10);

pub(super) fn findings(look: &Look, object: &Object, found: &DynamicObject) -> Vec<Finding> {
    let pods = pods::of_object(look, object.id.name.as_str());
    pods.iter().filter_map(|pod| crashed(object, found, pod)).collect()
}

fn crashed(object: &Object, found: &DynamicObject, pod: &Pod) -> Option<Finding> {
    if pods::is_ready(pod) || pods::is_ending(pod) {
        return None;
    }
    let end = pods::last_end(pod)?;
    let exit = pods::exit(end);
    let restarts = pods::container(pod).map_or(0, |one| u32::try_from(one.restart_count).unwrap_or_default());
    let verdict = match (pods::has_ended(pod), was_ready(found), restarts) {
        (true, _, _) | (_, false, 1..) => Verdict::Terminal,
        (_, false, 0) => Verdict::Grace(FIRST_CRASH),
        (_, true, _) => Verdict::Grace(LATER_CRASH),
    };
    let name = &object.id.name;
    let finding = Finding::new(
        codes::WORKLOAD_CRASHED,
        Subject::object(object),
        format!("{name} ended with {exit}"),
        pods::ended_at(end),
    )
    .with_owner(FaultOwner::User, RetryClass::Never)
    .with_hint("its last lines say why");
    Some(finding.with_verdict(verdict).with_evidence(Evidence::Exit { exit, restarts }))
}
