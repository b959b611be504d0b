//! What planning needs to know beside the objects: which fields others have taken, and which attempts run.

use std::collections::BTreeMap;

use eve_core::{Body, ObjectId, Observed, Result};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use kube::api::DynamicObject;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::look::Look;
use super::observe;
use crate::config::K8sConfig;

const KEY: &str = "kubernetes.held";
const ATTEMPTS: &str = "kubernetes.attempts";
/// The parts of an object that Eve sets beside its metadata.
const OURS: [&str; 4] = ["spec", "data", "binaryData", "immutable"];

/// The attempts that run in an environment, by the names of their Jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Attempts(Vec<String>);

impl Attempts {
    pub(super) fn running(config: &K8sConfig, look: &Look) -> Self {
        Self(observe::running_attempts(config, look).map(str::to_owned).collect())
    }

    pub(super) fn of(seen: &Observed) -> Result<Self> {
        seen.facts.get(ATTEMPTS).map_or_else(|| Ok(Self::default()), Body::decode)
    }

    pub(super) fn put(self, seen: &mut Observed) -> Result<()> {
        if !self.0.is_empty() {
            seen.facts.insert(ATTEMPTS.to_owned(), Body::of(&self)?);
        }
        Ok(())
    }

    /// One of them.
    pub(super) fn first(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }
}

/// The fields of an environment's objects that others hold, by object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Facts(BTreeMap<String, Vec<Held>>);

/// A field that somebody else manages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    manager: String,
    /// True if it was set by scaling: how many there are is theirs to say, as long as nothing else changes.
    #[serde(default)]
    scales: bool,
    /// Its steps: a key of a mapping, or what picks an item of a list.
    path: Vec<Step>,
    /// What it is now.
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Step {
    Key(String),
    Item(BTreeMap<String, Value>),
}

impl Facts {
    pub(super) fn of(seen: &Observed) -> Result<Self> {
        seen.facts.get(KEY).map_or_else(|| Ok(Self::default()), Body::decode)
    }

    pub(super) fn put(self, seen: &mut Observed) -> Result<()> {
        if !self.0.is_empty() {
            seen.facts.insert(KEY.to_owned(), Body::of(&self)?);
        }
        Ok(())
    }

    /// Notes what others than `managers` hold of an object.
    pub(super) fn note(&mut self, id: &ObjectId, found: &DynamicObject, managers: &[String]) {
        let held = held_by_others(found, managers);
        if !held.is_empty() {
            self.0.insert(id.to_string(), held);
        }
    }

    /// The fields of an object that others hold at another value than the wanted one: `field (manager)`.
    pub(super) fn conflicts(&self, id: &ObjectId, wanted: &Value, changes: bool) -> Vec<String> {
        let held = self.0.get(&id.to_string()).into_iter().flatten().filter(|held| changes || !held.scales);
        let differs = held.filter(|held| at(wanted, &held.path).is_some_and(|value| *value != held.value));
        differs.map(|held| format!("{} ({})", shown(&held.path), held.manager)).collect()
    }
}

fn held_by_others(object: &DynamicObject, managers: &[String]) -> Vec<Held> {
    let entries = object.metadata.managed_fields.iter().flatten();
    let foreign = entries.filter(|entry| !entry.manager.as_ref().is_some_and(|name| managers.contains(name)));
    foreign.flat_map(|entry| held_by(entry, object)).collect()
}

fn held_by(entry: &ManagedFieldsEntry, object: &DynamicObject) -> Vec<Held> {
    let scales = entry.subresource.as_deref() == Some("scale");
    // What controllers tell of an object is no field of ours.
    if !scales && entry.subresource.as_ref().is_some_and(|part| !part.is_empty()) {
        return Vec::new();
    }
    let Some(fields) = entry.fields_v1.as_ref() else { return Vec::new() };
    let mut paths = Vec::new();
    for part in OURS {
        if let Some(below) = fields.0.get(format!("f:{part}")) {
            leaves(below, vec![Step::Key(part.to_owned())], &mut paths);
        }
    }
    let manager = entry.manager.clone().unwrap_or_default();
    let held = |path: Vec<Step>| {
        let value = at(&object.data, &path)?.clone();
        Some(Held { manager: manager.clone(), scales, path, value })
    };
    paths.into_iter().filter_map(held).collect()
}

/// The paths to the fields of a set, as the server writes it (`FieldsV1`).
fn leaves(set: &Value, path: Vec<Step>, out: &mut Vec<Vec<Step>>) {
    let steps = set.as_object().into_iter().flatten().filter_map(|(key, below)| Some((step(key)?, below)));
    let mut is_leaf = true;
    for (step, below) in steps {
        is_leaf = false;
        let mut path = path.clone();
        path.push(step);
        leaves(below, path, out);
    }
    if is_leaf {
        out.push(path);
    }
}

fn step(key: &str) -> Option<Step> {
    match key.split_once(':')? {
        ("f", name) => Some(Step::Key(name.to_owned())),
        ("k", keys) => serde_json::from_str(keys).ok().map(Step::Item),
        _ => None,
    }
}

fn at<'a>(value: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Item(keys) => {
            value.as_array()?.iter().find(|item| keys.iter().all(|(key, wanted)| item.get(key) == Some(wanted)))
        }
    })
}

fn shown(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => {
                out.push('.');
                out.push_str(key);
            }
            Step::Item(keys) => {
                let keys: Vec<_> =
                    keys.values().map(|value| value.as_str().map_or(value.to_string(), str::to_owned)).collect();
                out.extend(["[", &keys.join(","), "]"]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use eve_core::ObjectName;
    use serde_json::json;

    use super::*;

    fn edited() -> DynamicObject {
        let object = serde_json::from_value(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "web", "managedFields": [
                { "manager": "eve", "operation": "Apply", "fieldsV1": { "f:spec": { "f:replicas": {} } } },
                { "manager": "kubectl-edit", "operation": "Update", "fieldsV1": { "f:spec": {
                    "f:template": { "f:spec": { "f:containers": { "k:{\"name\":\"main\"}": { "f:image": {} } } } },
                } } },
                { "manager": "autoscaler", "subresource": "scale", "operation": "Update",
                  "fieldsV1": { "f:spec": { "f:replicas": {} } } },
            ] },
            "spec": { "replicas": 3, "template": { "spec": { "containers": [{ "name": "main", "image": "b" }] } } },
        }));
        object.unwrap()
    }

    fn wanted(image: &str) -> Value {
        json!({ "spec": { "replicas": 1, "template": { "spec": { "containers": [{ "name": "main", "image": image }] } } } })
    }

    #[test]
    fn a_field_that_somebody_else_set_to_something_else_is_named_with_who_did() {
        let id = ObjectId::new("deployment", ObjectName::new("web").unwrap());
        let mut facts = Facts::default();
        facts.note(&id, &edited(), &["eve".to_owned()]);
        let found = facts.conflicts(&id, &wanted("a"), false);
        assert_eq!(found, ["spec.template.spec.containers[main].image (kubectl-edit)"]);
        assert!(facts.conflicts(&id, &wanted("b"), false).is_empty(), "an equal value is no conflict");
        assert_eq!(facts.conflicts(&id, &wanted("b"), true), ["spec.replicas (autoscaler)"]);
    }
}
