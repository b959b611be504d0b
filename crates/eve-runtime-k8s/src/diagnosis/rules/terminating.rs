//! Pods that were to end and are still there.

use std::time::Duration;

use eve_core::{Evidence, Finding, codes};
use k8s_openapi::api::core::v1::Pod;

use super::nodes;
use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, name, place};

/// How long a pod may be there after its time was up.
const GRACE: Duration = Duration::from_secs(30);

/// Why a pod that was to end is still there.
pub(super) fn judge(scene: &Scene<'_>, pod: &Pod) -> Option<Finding> {
    // The time by which it was to end: its grace period is counted in.
    let until = instant(Some(pod.metadata.deletion_timestamp.as_ref()?));
    if scene.since(until) < GRACE {
        return None;
    }
    let title = name(&pod.metadata);
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
    let finalizers: Vec<_> = pod.metadata.finalizers.iter().flatten().map(String::as_str).collect();
    let deleted = Evidence::field("metadata.deletionTimestamp", until.to_string());
    if let Some(lost) = node.filter(|node| nodes::is_lost(scene, node)) {
        let text = format!("pod {title} cannot end, since node {lost} does not report any more");
        return Some(
            report(codes::NODE_LOST, place(pod), text, until)
                .free()
                .grace(GRACE.as_secs())
                .with_evidence(deleted)
                .with_hint("bring the node back, or remove it from the cluster"),
        );
    }
    let (why, hint) = if finalizers.is_empty() {
        ("its containers do not end".to_owned(), "look at the node's kubelet and container runtime")
    } else {
        (
            format!("finalizers hold it: {}", finalizers.join(", ")),
            "look for the controller that is to remove the finalizer",
        )
    };
    let text = format!("pod {title} was to be gone and is still there: {why}");
    Some(
        report(codes::WORKLOAD_STUCK_TERMINATING, place(pod), text, until)
            .for_platform_to_change()
            .grace(GRACE.as_secs())
            .with_evidence(deleted)
            .with_evidence(Evidence::field("metadata.finalizers", finalizers.join(", ")))
            .with_hint(hint),
    )
}
