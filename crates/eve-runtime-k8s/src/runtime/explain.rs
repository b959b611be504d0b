//! What is wrong with the instances of an environment.

use std::time::Duration;

use eve_core::{
    Evidence, FaultOwner, Finding, Object, Observed, Owner, Place, RetryClass, Subject, Verdict, codes, naming,
};
use k8s_openapi::api::core::v1::Pod;
use kube::api::DynamicObject;
use serde_json::Value;

use super::k8s_runtime::K8sRuntime;
use super::look::Look;
use super::{observe, pods};
use crate::api::Kind;
use crate::diagnosis::{ClusterView, CollectOptions, collect, diagnose};
use crate::labels;

/// How long a first crash may last before it ends a wait.
const FIRST_CRASH: Duration = Duration::from_secs(2);

impl K8sRuntime {
    /// What was looked at, with what is wrong. Only where something seems to be is the namespace read as a whole.
    pub(super) async fn explained(&self, look: &Look) -> Observed {
        let mut seen = observe::told(&self.config, look);
        if is_troubled(look, &seen) {
            let namespace = naming::namespace(&look.environment);
            let view = collect(self.cluster.client(), &namespace, &CollectOptions::default()).await;
            seen.findings = findings(look, &seen, &view);
        }
        seen
    }
}

/// True if something of ours is not as it should be, or will not be by itself.
pub(super) fn is_troubled(look: &Look, seen: &Observed) -> bool {
    let waits =
        |object: &Object| Kind::of_word(&object.id.kind).is_some_and(Kind::is_workload) && !object.state.is_ready();
    let mut waiting = seen.ours().filter(|object| waits(object)).peekable();
    if waiting.peek().is_none() {
        return false;
    }
    let is_refused = look.of(Kind::Event).any(|event| event.data["reason"] == "FailedCreate");
    is_refused
        || waiting.any(|object| {
            let name = object.id.name.as_str();
            let of_object = pods::of_object(look, name);
            let workload = Kind::of_word(&object.id.kind).and_then(|kind| look.one(kind, name));
            of_object.into_iter().any(is_in_trouble) || workload.is_some_and(has_failed)
        })
}

/// True for a pod that does not come to be ready as pods usually do.
pub(crate) fn is_in_trouble(pod: &Pod) -> bool {
    let reason = |state: Option<&k8s_openapi::api::core::v1::ContainerState>| {
        state.and_then(|state| state.waiting.as_ref()?.reason.clone()).unwrap_or_default()
    };
    let statuses = pod
        .status
        .iter()
        .flat_map(|status| status.init_container_statuses.iter().chain(&status.container_statuses).flatten());
    let is_held_up = statuses.into_iter().any(|one| {
        let waits_for = reason(one.state.as_ref());
        let is_usual = matches!(waits_for.as_str(), "" | "ContainerCreating" | "PodInitializing");
        !is_usual || one.restart_count > 0 || one.state.as_ref().is_some_and(|state| state.terminated.is_some())
    });
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let is_unscheduled = conditions.into_iter().any(|one| one.type_ == "PodScheduled" && one.status == "False");
    is_held_up || is_unscheduled || pods::has_ended(pod)
}

/// True for a controller that says that it cannot go on.
fn has_failed(workload: &DynamicObject) -> bool {
    let conditions = workload.data.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|one| {
        let is = |kind: &str, status: &str| one["type"] == kind && one["status"] == status;
        is("ReplicaFailure", "True") || is("Progressing", "False") || is("Failed", "True")
    })
}

/// What is wrong with our instances, root causes first. Pure.
fn findings(look: &Look, seen: &Observed, view: &ClusterView) -> Vec<Finding> {
    let of_instances = diagnose(view).into_iter().filter_map(|finding| {
        let (object, place) = std::iter::once(&finding)
            .chain(&finding.symptoms)
            .find_map(|one| about(look, seen, view, one.subject.place.as_ref()?))?;
        let mut finding = finding.clone();
        let place = finding.subject.place.take().unwrap_or(place);
        finding.subject = Subject::object(object).with_place(place);
        Some(judged(look, object, finding))
    });
    let mut found: Vec<Finding> = of_instances.collect();
    for object in seen.ours().filter(|object| object.id.kind == Kind::Job.word()) {
        let is_told = found.iter().any(|finding| finding.subject.instance == Some(object.instance()));
        if !is_told {
            found.extend(ended(look, object));
        }
    }
    found
}

/// The instance that a place belongs to. What is left of an older revision blames nobody.
fn about<'a>(look: &Look, seen: &'a Observed, view: &ClusterView, place: &Place) -> Option<(&'a Object, Place)> {
    let name = match place.kind.as_str() {
        "Pod" => {
            let pod = look.one(Kind::Pod, &place.name)?;
            let object = labels::text(pod.metadata.labels.as_ref(), labels::OBJECT)?;
            let revision = labels::text(pod.metadata.labels.as_ref(), labels::REVISION);
            let workload =
                Kind::MADE.into_iter().filter(|kind| kind.is_workload()).find_map(|kind| look.one(kind, object))?;
            (observe::revision(workload) == revision).then(|| object.to_owned())?
        }
        "ReplicaSet" => {
            let set = view.replica_sets.iter().find(|set| set.metadata.name.as_ref() == Some(&place.name))?;
            labels::text(set.metadata.labels.as_ref(), labels::OBJECT)?.to_owned()
        }
        "Deployment" | "StatefulSet" | "Job" => place.name.clone(),
        _ => return None,
    };
    let object = seen.objects.iter().find(|object| {
        object.owner == Owner::Eve
            && object.id.name.as_str() == name
            && Kind::of_word(&object.id.kind).is_some_and(Kind::is_workload)
    })?;
    Some((object, place.clone()))
}

/// What a finding means for whoever waits for a release. One that was never ready and has ended twice will not be.
fn judged(look: &Look, object: &Object, mut finding: Finding) -> Finding {
    if finding.code == codes::ATTEMPT_FAILED
        || finding.code == codes::JOB_FAILED
        || finding.code == codes::JOB_BACK_OFF_LIMIT
    {
        finding.code = codes::WORKLOAD_CRASHED;
    }
    let ends = finding.exit().is_some();
    let kind = Kind::of_word(&object.id.kind);
    let workload = kind.and_then(|kind| look.one(kind, object.id.name.as_str()));
    if ends && !workload.is_some_and(observe::was_complete) {
        let restarts = finding.evidence.iter().find_map(|one| match one {
            Evidence::Exit { restarts, .. } => Some(*restarts),
            _ => None,
        });
        let is_over = kind == Some(Kind::Job) || restarts.unwrap_or_default() > 0;
        finding.verdict = if is_over { Verdict::Terminal } else { Verdict::Grace(FIRST_CRASH) };
    }
    finding
}

/// A service that has come to its end, well or not, without having been ready.
fn ended(look: &Look, object: &Object) -> Option<Finding> {
    let pods = pods::of_object(look, object.id.name.as_str());
    let pod = pods.iter().find(|pod| pods::has_ended(pod))?;
    let end = pods::last_end(pod)?;
    let exit = pods::exit(end);
    let text = format!("{} ended with {exit}", object.id.name);
    let finding = Finding::new(codes::WORKLOAD_CRASHED, Subject::object(object), text, pods::ended_at(end))
        .with_owner(FaultOwner::User, RetryClass::AfterChange)
        .with_hint("its last lines say why");
    Some(finding.with_evidence(Evidence::Exit { exit, restarts: 0 }))
}
