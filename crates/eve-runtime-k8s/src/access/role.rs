//! The least role that lets Eve hold environments.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::right::{Right, helpful, needed};
use crate::config::K8sConfig;

/// The least `ClusterRole` that lets Eve hold environments: namespaces are made for them, so that no role of one
/// namespace is enough. Bind it to whoever runs Eve. It lets run commands in pods only where [`K8sConfig::exec`] is set.
///
/// What only helps to explain what is wrong is there too; without it, less is explained. So is that every kind of
/// objects may be listed: without that it cannot be seen whether a namespace is empty, and none is removed.
pub fn role(config: &K8sConfig) -> Value {
    let mut by_verbs: BTreeMap<(&str, BTreeSet<&str>), BTreeSet<&str>> = BTreeMap::new();
    let mut by_resource: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for Right { group, resource, verb } in needed(config).into_iter().chain(helpful()) {
        by_resource.entry((group, resource)).or_default().insert(verb);
    }
    for ((group, resource), verbs) in by_resource {
        by_verbs.entry((group, verbs)).or_default().insert(resource);
    }
    let rules: Vec<Value> = by_verbs
        .into_iter()
        .map(|((group, verbs), resources)| json!({ "apiGroups": [group], "resources": resources, "verbs": verbs }))
        .collect();
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": { "name": config.runtime_manager() },
        "rules": rules,
    })
}
