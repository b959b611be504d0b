//! Taints of nodes that a pod does not tolerate. The scheduler does not name them.

use k8s_openapi::api::core::v1::{Node, Pod, Taint, Toleration};

use crate::diagnosis::scene::{Scene, name};

/// A taint that keeps a pod from a node.
#[derive(Debug, Clone)]
pub(super) struct Fence<'a> {
    pub(super) node: &'a str,
    pub(super) taint: &'a Taint,
}

impl Fence<'_> {
    /// `dedicated=gpu:NoSchedule`.
    pub(super) fn text(&self) -> String {
        match self.taint.value.as_deref().filter(|value| !value.is_empty()) {
            Some(value) => format!("{}={value}:{}", self.taint.key, self.taint.effect),
            None => format!("{}:{}", self.taint.key, self.taint.effect),
        }
    }

    /// True if the cluster set it itself, for the node's condition.
    pub(super) fn is_condition(&self) -> bool {
        self.taint.key.starts_with("node.kubernetes.io/")
            || self.taint.key.starts_with("node.cloudprovider.kubernetes.io/")
    }
}

/// The taints that keep a pod from the cluster's nodes.
pub(super) fn fences<'a>(scene: &Scene<'a>, pod: &Pod) -> Vec<Fence<'a>> {
    let tolerations: Vec<_> = pod.spec.iter().flat_map(|spec| spec.tolerations.iter().flatten()).collect();
    let taints = |node: &'a Node| node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    let all = scene.view.nodes.iter().flat_map(|node| taints(node).map(move |taint| (name(&node.metadata), taint)));
    all.filter(|(_, taint)| taint.effect != "PreferNoSchedule")
        .filter(|(_, taint)| !tolerations.iter().any(|toleration| tolerates(toleration, taint)))
        .map(|(node, taint)| Fence { node, taint })
        .collect()
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let effect = toleration.effect.as_deref().unwrap_or_default();
    let key = toleration.key.as_deref().unwrap_or_default();
    let exists = toleration.operator.as_deref() == Some("Exists");
    let value = toleration.value.as_deref().unwrap_or_default();
    (effect.is_empty() || effect == taint.effect)
        && (key == taint.key || (key.is_empty() && exists))
        && (exists || value == taint.value.as_deref().unwrap_or_default())
}
