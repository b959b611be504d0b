//! Rollouts that do not get on.

use std::time::Duration;

use eve_core::{Evidence, Finding, codes};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{Metadata, Resource};

use super::refusals;
use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, name, place};

/// How long a controller may take to see a change.
const UNSEEN: Duration = Duration::from_secs(30);

/// What is wrong with rollouts. One that is paused or scaled to nothing is so on purpose.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let view = scene.view;
    let mut found: Vec<_> = view.deployments.iter().flat_map(|one| deployment(scene, one)).collect();
    found.extend(
        view.stateful_sets
            .iter()
            .filter_map(|one| unseen(scene, one, one.status.as_ref().and_then(|status| status.observed_generation))),
    );
    found.extend(
        view.daemon_sets
            .iter()
            .filter_map(|one| unseen(scene, one, one.status.as_ref().and_then(|status| status.observed_generation))),
    );
    found
}

fn deployment(scene: &Scene<'_>, deployment: &Deployment) -> Vec<Finding> {
    let status = deployment.status.as_ref();
    let seen = status.and_then(|status| status.observed_generation);
    if let Some(finding) = unseen(scene, deployment, seen) {
        return vec![finding];
    }
    if seen.unwrap_or_default() < deployment.metadata.generation.unwrap_or_default() {
        // Whatever the status says is about an earlier form of it.
        return Vec::new();
    }
    let conditions = status.iter().flat_map(|status| status.conditions.iter().flatten());
    let progressing = conditions.into_iter().find(|one| one.type_ == "Progressing" && one.status == "False");
    let Some(progressing) = progressing else { return Vec::new() };
    let since = instant(progressing.last_transition_time.as_ref());
    let message = progressing.message.clone().unwrap_or_default();
    let reason = progressing.reason.as_deref().unwrap_or_default();
    let evidence = Evidence::field("status.conditions[Progressing]", format!("{reason}: {message}"));
    let found = match reason {
        "ProgressDeadlineExceeded" => {
            let seconds = deployment.spec.as_ref().and_then(|spec| spec.progress_deadline_seconds).unwrap_or(600);
            let ready = status.and_then(|status| status.ready_replicas).unwrap_or_default();
            let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
            let text = format!(
                "deployment {} made no progress for {seconds} s: {ready} of {wanted} pods are ready",
                name(&deployment.metadata)
            );
            report(codes::ROLLOUT_PROGRESS_DEADLINE, place(deployment), text, since)
                .with_evidence(Evidence::field("spec.progressDeadlineSeconds", seconds.to_string()))
                .with_hint("look at its pods; raise progressDeadlineSeconds if they only take longer")
        }
        "ReplicaSetCreateError" | "FailedCreate" => refusals::read(scene, &place(deployment), &message, since),
        _ => {
            let text = format!("deployment {} does not get on: {reason} {message}", name(&deployment.metadata));
            report(codes::OTHER, place(deployment), text, since)
                .of_platform()
                .grace(60)
                .with_hint("the reason is the cluster's own")
        }
    };
    vec![found.with_evidence(evidence)]
}

/// A change that its controller has not seen for long: nobody looks.
fn unseen<K>(scene: &Scene<'_>, object: &K, seen: Option<i64>) -> Option<Finding>
where
    K: Resource + Metadata<Ty = ObjectMeta>,
{
    let meta = object.metadata();
    let wanted = meta.generation.unwrap_or_default();
    let changed = meta.managed_fields.iter().flatten().filter_map(|one| one.time.as_ref()).max();
    let since = instant(changed.or(meta.creation_timestamp.as_ref()));
    if seen.unwrap_or_default() >= wanted || scene.since(since) < UNSEEN || meta.deletion_timestamp.is_some() {
        return None;
    }
    let text = format!("nobody has seen the last change of {} {}", K::KIND, name(meta));
    Some(
        report(codes::ROLLOUT_UNSEEN, place(object), text, since)
            .of_platform()
            .grace(UNSEEN.as_secs())
            .with_evidence(Evidence::field("metadata.generation", wanted.to_string()))
            .with_evidence(Evidence::field("status.observedGeneration", seen.unwrap_or_default().to_string()))
            .with_hint("look whether the cluster's controller manager runs"),
    )
}
