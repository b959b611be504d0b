//! What planning needs to know of the fields that Eve set: whether they are still its own.

use std::collections::BTreeMap;

use eve_core::{Body, ObjectId, Observed, Result};
use kube::api::DynamicObject;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::same::set_by;

const KEY: &str = "kubernetes.kept";
/// The parts of an object's metadata that may hold what others write, too.
const SHARED: [&str; 2] = ["labels", "annotations"];

/// The fields of an environment's objects that are Eve's, as the server writes such sets (`FieldsV1`), by object.
///
/// Who sets a field to something else, or removes it, takes it out of the set: the hash on the object stays, and says no
/// more what the object is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Kept(BTreeMap<String, Value>);

impl Kept {
    pub(super) fn of(seen: &Observed) -> Result<Self> {
        seen.facts.get(KEY).map_or_else(|| Ok(Self::default()), Body::decode)
    }

    pub(super) fn put(self, seen: &mut Observed) -> Result<()> {
        if !self.0.is_empty() {
            seen.facts.insert(KEY.to_owned(), Body::of(&self)?);
        }
        Ok(())
    }

    /// Notes which fields of an object a manager set, and nobody has changed since.
    pub(super) fn note(&mut self, id: &ObjectId, object: &DynamicObject, manager: &str) {
        let set = set_by(object, manager);
        self.0.insert(id.to_string(), set.cloned().unwrap_or_default());
    }

    /// The wanted fields of an object that is there which are Eve's no more.
    pub(super) fn lost(&self, id: &ObjectId, wanted: &Value) -> Vec<String> {
        let mut lost = Vec::new();
        let Some(set) = self.0.get(&id.to_string()) else { return lost };
        for (key, value) in wanted.as_object().into_iter().flatten() {
            match key.as_str() {
                "apiVersion" | "kind" => {}
                "metadata" => {
                    for part in SHARED {
                        let path = format!("metadata.{part}");
                        let set = set.get("f:metadata").and_then(|set| set.get(format!("f:{part}")));
                        compare(set, &value[part], &path, &mut lost);
                    }
                }
                key => compare(set.get(format!("f:{key}")), value, key, &mut lost),
            }
        }
        lost
    }
}

/// Collects the paths at and below `path` that the set does not have.
fn compare(set: Option<&Value>, wanted: &Value, path: &str, lost: &mut Vec<String>) {
    if wanted.is_null() {
        return;
    }
    let Some(set) = set else {
        lost.push(path.to_owned());
        return;
    };
    // A field that is one whole has nothing below it in a set.
    let Some(below) = set.as_object().filter(|below| !below.is_empty()) else { return };
    match wanted {
        Value::Object(fields) => {
            for (key, value) in fields {
                compare(below.get(&format!("f:{key}")), value, &format!("{path}.{key}"), lost);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let found = below.iter().find(|(key, _)| is_item(key, item)).map(|(_, set)| set);
                compare(found, item, &format!("{path}[{at}]"), lost);
            }
        }
        _ => {}
    }
}

/// True if a step of a set picks this item of a list. What an item leaves out has its default there.
fn is_item(step: &str, item: &Value) -> bool {
    match step.split_once(':') {
        Some(("k", keys)) => serde_json::from_str::<BTreeMap<String, Value>>(keys)
            .is_ok_and(|keys| keys.iter().all(|(key, value)| item.get(key).is_none_or(|own| own == value))),
        Some(("v", value)) => serde_json::from_str::<Value>(value).is_ok_and(|value| value == *item),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use eve_core::ObjectName;
    use serde_json::json;

    use super::*;

    fn id() -> ObjectId {
        ObjectId::new("deployment", ObjectName::new("web").unwrap())
    }

    fn wanted() -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "web", "labels": { "eve.owner": "eve" } },
            "spec": { "replicas": 1, "selector": { "matchLabels": { "a": "b" } }, "template": { "spec": { "containers": [
                { "name": "main", "image": "a", "ports": [{ "containerPort": 80 }], "args": ["x"] },
            ] } } },
        })
    }

    fn kept(fields: &Value) -> Kept {
        let object = serde_json::from_value(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "web", "managedFields": [
                { "manager": "eve", "operation": "Update", "subresource": "status", "fieldsV1": {} },
                { "manager": "eve", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": fields },
            ] },
        }));
        let mut kept = Kept::default();
        kept.note(&id(), &object.unwrap(), "eve");
        kept
    }

    fn whole() -> Value {
        json!({
            "f:metadata": { "f:labels": { "f:eve.owner": {} }, "f:annotations": { "f:eve.hash": {} } },
            "f:spec": { "f:replicas": {}, "f:selector": {}, "f:template": { "f:spec": { "f:containers": {
                "k:{\"name\":\"main\"}": { ".": {}, "f:name": {}, "f:image": {}, "f:args": {}, "f:ports": {
                    "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": { ".": {}, "f:containerPort": {} },
                } },
            } } } },
        })
    }

    #[test]
    fn what_nobody_has_touched_is_kept() {
        assert_eq!(kept(&whole()).lost(&id(), &wanted()), Vec::<String>::new());
        assert!(Kept::default().lost(&id(), &wanted()).is_empty(), "it is not there at all");
    }

    #[test]
    fn what_others_took_away_is_named() {
        let mut set = whole();
        set["f:metadata"]["f:labels"] = json!({});
        set["f:spec"].as_object_mut().unwrap().remove("f:replicas");
        let container = "/f:spec/f:template/f:spec/f:containers/k:{\"name\":\"main\"}";
        set.pointer_mut(container).unwrap().as_object_mut().unwrap().remove("f:image");
        let lost = kept(&set).lost(&id(), &wanted());
        assert_eq!(lost, ["spec.replicas", "spec.template.spec.containers[0].image"]);
        let all = kept(&Value::Null).lost(&id(), &wanted());
        assert_eq!(all, ["metadata.labels", "spec"], "its field managers were cleared");
    }
}
