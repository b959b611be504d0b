//! Nodes that the namespace's pods rely on.

use eve_core::{Evidence, Finding, codes};
use k8s_openapi::api::core::v1::{Node, NodeCondition};

use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, name, place};

/// How long a node may be away.
const GRACE: u64 = 60;

/// What is wrong with nodes that hold pods of the namespace, or could.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let of = |pod: &k8s_openapi::api::core::v1::Pod| pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    let pods: Vec<_> = scene.pods().collect();
    let holds = |node: &Node| pods.iter().any(|pod| of(pod).as_deref() == Some(name(&node.metadata)));
    scene.view.nodes.iter().filter(|node| holds(node)).flat_map(judge).collect()
}

/// True if a node does not report any more, or says that it is not ready.
pub(super) fn is_lost(scene: &Scene<'_>, node: &str) -> bool {
    let found = scene.view.nodes.iter().find(|one| name(&one.metadata) == node);
    found.is_some_and(|node| conditions(node).any(|one| one.type_ == "Ready" && one.status != "True"))
}

fn conditions(node: &Node) -> impl Iterator<Item = &NodeCondition> {
    node.status.iter().flat_map(|status| status.conditions.iter().flatten())
}

fn judge(node: &Node) -> Vec<Finding> {
    let title = name(&node.metadata);
    let bad = conditions(node).filter_map(|one| {
        let (code, text) = match (one.type_.as_str(), one.status.as_str()) {
            ("Ready", "True") => return None,
            ("Ready", "Unknown") => (codes::NODE_LOST, format!("node {title} does not report any more")),
            ("Ready", _) => (codes::NODE_LOST, format!("node {title} is not ready")),
            ("MemoryPressure" | "DiskPressure" | "PIDPressure" | "NetworkUnavailable", "True") => {
                (codes::NODE_PRESSURE, format!("node {title} is not well: {}", one.type_))
            }
            _ => return None,
        };
        let says =
            format!("{}: {}", one.reason.as_deref().unwrap_or_default(), one.message.as_deref().unwrap_or_default());
        Some(
            report(code, place(node), text, instant(one.last_transition_time.as_ref()))
                .free()
                .grace(GRACE)
                .with_evidence(Evidence::field(format!("status.conditions[{}]", one.type_), says))
                .with_hint("look after the node; its pods are made anew elsewhere after a while"),
        )
    });
    bad.collect()
}
