//! Pods that ended as a whole: by their deadline, by their node, or on somebody's request.

use std::time::Duration;

use eve_core::{Code, Evidence, Finding, Timestamp, codes};
use k8s_openapi::api::core::v1::Pod;

use crate::diagnosis::container::Container;
use crate::diagnosis::happening::Happening;
use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, mentions, report};
use crate::diagnosis::scene::{Scene, condition, name, phase, place};

/// What was removed that long ago and replaced by something ready since is history.
const HISTORY: Duration = Duration::from_secs(600);

/// Why a pod ended as a whole.
pub(super) fn judge(scene: &Scene<'_>, pod: &Pod) -> Option<Finding> {
    if phase(pod) == "Unknown" {
        return Some(node_gone(pod, instant(pod.metadata.creation_timestamp.as_ref())));
    }
    if phase(pod) != "Failed" {
        return None;
    }
    let status = pod.status.as_ref()?;
    let reason = status.reason.as_deref().unwrap_or_default();
    let message = status.message.as_deref().unwrap_or_default();
    let since = ended_at(scene, pod);
    let finding = match reason {
        "DeadlineExceeded" => deadline(pod, since),
        "Evicted" => evicted(scene, pod, message, since),
        "Preempting" | "Preempted" => preempted(pod, since),
        "NodeLost" => node_gone(pod, since),
        "NodeShutdown" | "Terminated" | "Shutdown" => drained(pod, since, "its node was shut down"),
        // Its containers tell, or whoever asked for its end.
        "" => disrupted(pod, since)?,
        _ if Container::all(pod).iter().all(|container| container.ended().is_none()) => refused(pod, reason, since),
        _ => disrupted(pod, since).or_else(|| is_silent(pod).then(|| unknown(pod, reason, since)))?,
    };
    let finding = finding
        .with_evidence(Evidence::field("status.reason", reason))
        .with_evidence(Evidence::field("status.message", message));
    let own_fault = finding.code == codes::EVICTION_OVER_LIMIT && scene.since(since) < HISTORY;
    Some(if scene.is_replaced(pod) && !own_fault { finding.wait() } else { finding })
}

fn ended_at(scene: &Scene<'_>, pod: &Pod) -> Timestamp {
    let disrupted = condition(pod, "DisruptionTarget").map(|target| instant(target.last_transition_time.as_ref()));
    let ended =
        Container::all(pod).iter().filter_map(Container::ended).map(|one| instant(one.finished_at.as_ref())).max();
    let reported = scene.newest(pod, &["Evicted", "DeadlineExceeded", "OutOfcpu", "OutOfmemory"]).map(Happening::first);
    let started = pod.status.as_ref().and_then(|status| status.start_time.as_ref());
    disrupted.or(reported).or(ended).unwrap_or_else(|| instant(started.or(pod.metadata.creation_timestamp.as_ref())))
}

fn deadline(pod: &Pod, since: Timestamp) -> Finding {
    let deadline = pod.spec.as_ref().and_then(|spec| spec.active_deadline_seconds);
    let seconds = deadline.map(|seconds| seconds.to_string()).unwrap_or_default();
    let text = format!("pod {} was ended after {seconds} s, when its own deadline was over", name(&pod.metadata));
    report(codes::ATTEMPT_DEADLINE, place(pod), text, since)
        .with_evidence(Evidence::field("spec.activeDeadlineSeconds", seconds))
        .with_hint("raise activeDeadlineSeconds of the pod, or let its work end sooner")
}

fn evicted(scene: &Scene<'_>, pod: &Pod, message: &str, since: Timestamp) -> Finding {
    let title = name(&pod.metadata);
    let over_limit = mentions(
        message,
        &[
            "exceeds the limit",
            "exceeds the total limit",
            "exceeds local ephemeral storage limit",
            "exceeded its local ephemeral",
        ],
    );
    let over_request = mentions(message, &["exceeds its request", "which exceeds its request"]);
    let finding = if over_limit {
        let text = format!("pod {title} used more disk than it may and was removed: {message}");
        report(codes::EVICTION_OVER_LIMIT, place(pod), text, since)
            .with_hint("raise the limit (sizeLimit of the emptyDir, or ephemeral-storage), or write less")
    } else if over_request {
        let text =
            format!("pod {title} was removed when its node ran short, since it used more than it asks for: {message}");
        report(codes::EVICTION_NODE_PRESSURE, place(pod), text, since)
            .with_hint("ask for as much as it uses (resources.requests), or let it use less")
    } else {
        let text = format!("pod {title} was removed from its node: {message}");
        report(codes::EVICTION_NODE_PRESSURE, place(pod), text, since)
            .free()
            .with_hint("free the node of what it is short of, or add nodes")
    };
    match scene.newest(pod, &["Evicted"]) {
        Some(told) => finding.with_evidence(told.evidence()),
        None => finding,
    }
}

/// What asked for the end of a pod, where it was somebody from outside.
fn disrupted(pod: &Pod, since: Timestamp) -> Option<Finding> {
    let target = condition(pod, "DisruptionTarget").filter(|target| target.status == "True")?;
    let says = target.message.as_deref().unwrap_or_default().to_owned();
    let finding = match target.reason.as_deref().unwrap_or_default() {
        "PreemptionByScheduler" => preempted(pod, since),
        "EvictionByEvictionAPI" => drained(pod, since, "somebody asked for its eviction"),
        "DeletionByTaintManager" => {
            let text = format!("pod {} was removed, since its node was tainted", name(&pod.metadata));
            report(codes::EVICTION_TAINTED, place(pod), text, since)
                .free()
                .with_hint("it is made anew elsewhere; a bare pod is not")
        }
        "DeletionByPodGC" => node_gone(pod, since),
        "TerminationByKubelet" => {
            let text = format!("the kubelet ended pod {}: {says}", name(&pod.metadata));
            report(codes::EVICTION_NODE_PRESSURE, place(pod), text, since)
                .free()
                .with_hint("look at what its node is short of")
        }
        other => unknown(pod, other, since),
    };
    Some(finding.with_evidence(Evidence::field("status.conditions[DisruptionTarget]", says)))
}

fn preempted(pod: &Pod, since: Timestamp) -> Finding {
    let text = format!("pod {} was removed to make place for a more important one", name(&pod.metadata));
    report(codes::EVICTION_PREEMPTED, place(pod), text, since)
        .free()
        .with_hint("add nodes, or give it a higher priority")
}

fn drained(pod: &Pod, since: Timestamp, why: &str) -> Finding {
    let text = format!("pod {} was ended from outside: {why}", name(&pod.metadata));
    report(codes::EVICTION_DRAINED, place(pod), text, since)
        .free()
        .with_hint("it is made anew elsewhere; a bare pod is not")
}

fn node_gone(pod: &Pod, since: Timestamp) -> Finding {
    let text = format!("the node of pod {} is gone", name(&pod.metadata));
    report(codes::EVICTION_NODE_GONE, place(pod), text, since)
        .free()
        .with_hint("it is made anew elsewhere; a bare pod is not")
}

/// The kubelet refused the pod before it had any container.
fn refused(pod: &Pod, reason: &str, since: Timestamp) -> Finding {
    let text = format!("the node refused pod {}: {reason}", name(&pod.metadata));
    let finding = report(codes::NODE_REFUSED, place(pod), text, since);
    match reason {
        "SysctlForbidden"
        | "PodOSNotSupported"
        | "PodOSSelectorNodeLabelDoesNotMatch"
        | "AppArmor"
        | "NodeAffinity"
        | "NodePorts"
        | "NodeName" => {
            finding.with_hint("the pod asks for something that this node does not give: correct it in the manifest")
        }
        _ => finding
            .free()
            .with_hint("let it be made anew: the node had no room when it came; do not set nodeName by hand"),
    }
}

/// A reason that nobody has told us about is not dropped.
fn unknown(pod: &Pod, reason: &str, since: Timestamp) -> Finding {
    let code: Code = codes::OTHER;
    let text = format!("pod {} failed: {reason}", name(&pod.metadata));
    report(code, place(pod), text, since)
        .of_platform()
        .with_hint("the reason is the cluster's own; the evidence has its words")
}

/// True if no container of the pod tells by its own end why the pod failed.
fn is_silent(pod: &Pod) -> bool {
    Container::all(pod).iter().all(|one| one.ended().is_none_or(|ended| ended.exit_code == 0))
}
