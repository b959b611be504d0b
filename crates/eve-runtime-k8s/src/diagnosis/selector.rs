//! Labels and what selects them.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

type Labels = BTreeMap<String, String>;

/// True if the labels hold everything that is asked for.
pub(super) fn holds(labels: Option<&Labels>, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
}

/// Labels as they are written on command lines.
pub(super) fn text(labels: &Labels) -> String {
    let pairs: Vec<_> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}

/// True if the labels meet all that a selector asks for; an empty one asks for nothing.
pub(super) fn meets(wanted: &LabelSelector, labels: Option<&Labels>) -> bool {
    let by_labels = wanted.match_labels.as_ref().is_none_or(|wanted| holds(labels, wanted));
    let value = |key: &str| labels.and_then(|labels| labels.get(key));
    let mut rules = wanted.match_expressions.iter().flatten();
    by_labels
        && rules.all(|rule| {
            let listed = |value: &String| rule.values.iter().flatten().any(|one| one == value);
            match rule.operator.as_str() {
                "In" => value(&rule.key).is_some_and(listed),
                "NotIn" => !value(&rule.key).is_some_and(listed),
                "Exists" => value(&rule.key).is_some(),
                _ => value(&rule.key).is_none(),
            }
        })
}
