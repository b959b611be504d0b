//! Pods that are on no node yet.

mod affinity;
mod capacity;
mod fragment;
mod taints;
mod verdict;

use std::time::Duration;

use eve_core::{Evidence, Finding, codes};
use k8s_openapi::api::core::v1::{Pod, PodCondition};

use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, condition, name, place};

/// How long a pod may be held back by its gates.
const GATE: Duration = Duration::from_secs(30);
/// A scheduler that has not looked at a pod by then is suspected not to run.
const SUSPECT: Duration = Duration::from_secs(10);
/// And by then it does not.
const UNSEEN: Duration = Duration::from_secs(30);

/// Why a pod is on no node yet.
pub(super) fn judge(scene: &Scene<'_>, pod: &Pod) -> Vec<Finding> {
    let Some(scheduled) = condition(pod, "PodScheduled").filter(|scheduled| scheduled.status == "False") else {
        return unseen(scene, pod).into_iter().collect();
    };
    match scheduled.reason.as_deref().unwrap_or_default() {
        "SchedulingGated" => vec![gated(scene, pod, scheduled)],
        _ => verdict::judge(scene, pod, scheduled),
    }
}

fn gated(scene: &Scene<'_>, pod: &Pod, scheduled: &PodCondition) -> Finding {
    let gates = pod.spec.iter().flat_map(|spec| spec.scheduling_gates.iter().flatten());
    let gates = gates.map(|gate| gate.name.as_str()).collect::<Vec<_>>().join(", ");
    let since = instant(pod.metadata.creation_timestamp.as_ref());
    let text = format!("pod {} is held back by its scheduling gates: {gates}", name(&pod.metadata));
    let finding = report(codes::SCHEDULING_GATED, place(pod), text, since);
    let finding = if scene.since(since) < GATE { finding.wait() } else { finding.grace(GATE.as_secs()) };
    finding
        .with_evidence(Evidence::field("spec.schedulingGates", gates))
        .with_evidence(Evidence::field(
            "status.conditions[PodScheduled].reason",
            scheduled.reason.clone().unwrap_or_default(),
        ))
        .with_hint("look for the controller that is to remove the gates, or remove them")
}

/// A pod whose claim of a device cannot be made is not even looked at.
fn without_devices(scene: &Scene<'_>, pod: &Pod) -> Option<Finding> {
    let claims = pod.spec.as_ref()?.resource_claims.as_ref()?;
    let told = scene.newest(pod, &["FailedResourceClaimCreation"]);
    let since = instant(pod.metadata.creation_timestamp.as_ref());
    if told.is_none() && scene.since(since) < SUSPECT {
        return None;
    }
    let names = claims.iter().map(|claim| claim.name.as_str()).collect::<Vec<_>>().join(", ");
    let text =
        format!("pod {} cannot be placed: the devices that it claims cannot be had ({names})", name(&pod.metadata));
    let finding = report(codes::SCHEDULING_DEVICE_CLAIM, place(pod), text, since)
        .grace(UNSEEN.as_secs())
        .with_evidence(Evidence::field("spec.resourceClaims", names))
        .with_hint("make the template or claim that the pod names in resourceClaims, or correct its name");
    Some(match told {
        Some(told) => finding.with_evidence(told.evidence()),
        None => finding,
    })
}

/// No condition and no event: nobody schedules it.
fn unseen(scene: &Scene<'_>, pod: &Pod) -> Option<Finding> {
    let since = instant(pod.metadata.creation_timestamp.as_ref());
    let wanted = pod.spec.as_ref()?.scheduler_name.as_deref().unwrap_or("default-scheduler");
    let age = scene.since(since);
    if wanted == "default-scheduler"
        && let Some(finding) = without_devices(scene, pod)
    {
        return Some(finding);
    }
    let told = scene.newest(pod, &["FailedScheduling", "Scheduled"]).is_some();
    let works = scene.view.pods.iter().any(|other| {
        let spec = other.spec.as_ref();
        let same = spec.and_then(|spec| spec.scheduler_name.as_deref()) == Some(wanted);
        let made = instant(other.metadata.creation_timestamp.as_ref());
        same && made >= since && spec.is_some_and(|spec| spec.node_name.is_some())
    });
    if told || works || age < SUSPECT {
        return None;
    }
    let text = format!("no scheduler looks at pod {}: it names {wanted}", name(&pod.metadata));
    let finding = report(codes::SCHEDULING_NO_SCHEDULER, place(pod), text, since)
        .with_evidence(Evidence::field("spec.schedulerName", wanted))
        .with_evidence(Evidence::field("status.conditions[PodScheduled]", "never set"));
    let finding = if wanted == "default-scheduler" {
        finding.of_platform().with_hint("look whether the cluster's scheduler runs")
    } else {
        finding.with_hint("correct schedulerName, or start the scheduler of this name")
    };
    Some(if age < UNSEEN { finding.grace(UNSEEN.as_secs()) } else { finding })
}
