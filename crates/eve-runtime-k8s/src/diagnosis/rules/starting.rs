//! Pods on their node whose surroundings are not set up.

use std::time::Duration;

use eve_core::{Evidence, Finding, codes};
use k8s_openapi::api::core::v1::Pod;

use super::start::StartFault;
use crate::diagnosis::container::Container;
use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, mentions, report};
use crate::diagnosis::scene::{Scene, condition, name, phase, place};

/// How long setting a pod up may take.
const GRACE: u64 = 60;
/// A kubelet that has not taken a pod by then does not run.
const UNTAKEN: Duration = Duration::from_secs(30);

/// Why a pod on its node does not start.
pub(super) fn judge(scene: &Scene<'_>, pod: &Pod) -> Option<Finding> {
    if phase(pod) != "Pending" {
        return None;
    }
    sandbox(scene, pod).or_else(|| untaken(scene, pod))
}

fn sandbox(scene: &Scene<'_>, pod: &Pod) -> Option<Finding> {
    let set_up = condition(pod, "PodReadyToStartContainers").is_some_and(|condition| condition.status == "True");
    let told = scene
        .newest(pod, &["FailedCreatePodSandBox", "FailedCreatePodContainer", "NetworkNotReady", "SandboxChanged"])?;
    if set_up || told.reason() == "SandboxChanged" {
        return None;
    }
    let name = name(&pod.metadata);
    if StartFault::of("", told.message()) == StartFault::Memory {
        let text = format!("pod {name} cannot be set up: its limit of memory is used up before a container starts");
        let finding = report(codes::WORKLOAD_OOM_KILLED, place(pod), text, told.first()).grace(GRACE);
        let limits = pod.spec.iter().flat_map(|spec| &spec.containers).filter_map(|one| {
            let limit = one.resources.as_ref()?.limits.as_ref()?.get("memory")?;
            Some(format!("{} for {}", limit.0, one.name))
        });
        let limits = limits.collect::<Vec<_>>().join(", ");
        return Some(
            finding
                .with_evidence(Evidence::field("resources.limits.memory", limits))
                .with_evidence(told.evidence())
                .with_hint("raise its limit of memory; some megabytes are needed to start at all"),
        );
    }
    let class = pod.spec.as_ref().and_then(|spec| spec.runtime_class_name.as_deref());
    let finding = match class {
        Some(class) if mentions(told.message(), &["runtimeclass", "runtime handler", "no runtime for"]) => {
            let text = format!("the node of pod {name} has no container runtime of class {class}");
            report(codes::RUNTIME_CLASS_MISSING, place(pod), text, told.first())
                .with_hint("choose nodes that have it, or correct runtimeClassName")
        }
        _ => {
            let text = format!("the surroundings of pod {name} cannot be set up on its node");
            report(codes::SANDBOX_FAILED, place(pod), text, told.first())
                .of_platform()
                .with_hint("look at the network plugin and the container runtime of the node")
        }
    };
    Some(finding.grace(GRACE).with_evidence(told.evidence()))
}

/// The pod was sent to a node whose kubelet has not taken it.
fn untaken(scene: &Scene<'_>, pod: &Pod) -> Option<Finding> {
    let node = pod.spec.as_ref()?.node_name.as_deref()?;
    let sent = instant(pod.metadata.creation_timestamp.as_ref());
    let is_taken = !Container::all(pod).is_empty() || pod.status.as_ref()?.start_time.is_some();
    if is_taken || scene.since(sent) < UNTAKEN {
        return None;
    }
    let known = !scene.view.was_read("nodes")
        || scene.view.nodes.iter().any(|one| crate::diagnosis::scene::name(&one.metadata) == node);
    let text = if known {
        format!("pod {} was sent to node {node}, which does not take it", name(&pod.metadata))
    } else {
        format!("pod {} names node {node}, which does not exist", name(&pod.metadata))
    };
    let finding = report(codes::NODE_LOST, place(pod), text, sent)
        .with_evidence(Evidence::field("spec.nodeName", node))
        .with_hint("look whether the node's kubelet runs, or correct nodeName");
    Some(if known { finding.of_platform().grace(GRACE) } else { finding.grace(GRACE) })
}
