//! Which nodes a pod asks for by their labels.

use k8s_openapi::api::core::v1::{Node, NodeSelectorRequirement, NodeSelectorTerm, Pod};

use crate::diagnosis::scene::{Scene, name};
use crate::diagnosis::selector;

/// The nodes that a pod asks for by labels and fields; all of them if it asks for none.
pub(super) fn candidates<'a>(scene: &Scene<'a>, pod: &Pod) -> Vec<&'a Node> {
    scene.view.nodes.iter().filter(|node| wants(pod, node)).collect()
}

fn wants(pod: &Pod, node: &Node) -> bool {
    let Some(spec) = &pod.spec else { return true };
    let labels = node.metadata.labels.as_ref();
    let by_labels = spec.node_selector.as_ref().is_none_or(|wanted| selector::holds(labels, wanted));
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let required = affinity.and_then(|one| one.required_during_scheduling_ignored_during_execution.as_ref());
    by_labels && required.is_none_or(|required| required.node_selector_terms.iter().any(|term| holds(term, node)))
}

fn holds(term: &NodeSelectorTerm, node: &Node) -> bool {
    let label = |key: &str| node.metadata.labels.as_ref().and_then(|labels| labels.get(key)).map(String::as_str);
    let field = |key: &str| (key == "metadata.name").then(|| name(&node.metadata));
    let mut rules = term.match_expressions.iter().flatten().map(|rule| meets(rule, label(&rule.key)));
    let mut fields = term.match_fields.iter().flatten().map(|rule| meets(rule, field(&rule.key)));
    rules.all(|met| met) && fields.all(|met| met)
}

fn meets(rule: &NodeSelectorRequirement, value: Option<&str>) -> bool {
    let listed = |value: &str| rule.values.iter().flatten().any(|one| one == value);
    let number = |text: &str| text.parse::<i64>().ok();
    let bound = rule.values.iter().flatten().next().and_then(|text| number(text));
    let actual = value.and_then(number);
    match rule.operator.as_str() {
        "In" => value.is_some_and(listed),
        "NotIn" => !value.is_some_and(listed),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => matches!((actual, bound), (Some(actual), Some(bound)) if actual > bound),
        "Lt" => matches!((actual, bound), (Some(actual), Some(bound)) if actual < bound),
        _ => false,
    }
}
