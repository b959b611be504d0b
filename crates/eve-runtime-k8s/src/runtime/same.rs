//! Whether an apply changed anything.

use std::collections::BTreeMap;

use kube::api::DynamicObject;
use serde_json::Value;

use super::observe::version;

/// Labels or annotations.
type Texts = BTreeMap<String, String>;

/// Whether applying `sent` under `manager` left an object as it was `before`.
///
/// The resource version alone does not tell it: a controller that writes a status or an annotation of its own in
/// between moves that, too, and the generation with it. So what is neither metadata nor status is compared, and of the
/// metadata what was sent. Of an object whose content was not read the version decides.
pub(super) fn is_same(before: &DynamicObject, after: &DynamicObject, sent: &Value, manager: &str) -> bool {
    if version(before) == version(after) {
        return true;
    }
    let (was, is) = (&before.metadata, &after.metadata);
    let is_kept = |part: &str, was: Option<&Texts>, is: Option<&Texts>| {
        let mut keys = sent["metadata"][part].as_object().into_iter().flatten().map(|(key, _)| key);
        keys.all(|key| was.and_then(|all| all.get(key)) == is.and_then(|all| all.get(key)))
    };
    content(before).next().is_some()
        && content(before).eq(content(after))
        && set_by(before, manager) == set_by(after, manager)
        && is_kept("labels", was.labels.as_ref(), is.labels.as_ref())
        && is_kept("annotations", was.annotations.as_ref(), is.annotations.as_ref())
}

/// What an object says beside its metadata and its status.
fn content(object: &DynamicObject) -> impl Iterator<Item = (&String, &Value)> {
    object.data.as_object().into_iter().flatten().filter(|(key, _)| *key != "status")
}

/// The fields of an object that a manager set by applying it.
pub(super) fn set_by<'a>(object: &'a DynamicObject, manager: &str) -> Option<&'a Value> {
    let entries = object.metadata.managed_fields.iter().flatten();
    let own = entries.filter(|entry| entry.manager.as_deref() == Some(manager));
    let applied = own.filter(|entry| entry.operation.as_deref() == Some("Apply"));
    let set = applied.filter(|entry| entry.subresource.is_none()).find_map(|entry| entry.fields_v1.as_ref());
    set.map(|set| &set.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MANAGER: &str = "eve";

    fn object(version: &str, replicas: Option<u32>, label: &str) -> DynamicObject {
        let fields = json!({ "f:metadata": { "f:labels": { "f:app": {} } } });
        let entry = json!({ "manager": MANAGER, "operation": "Apply", "fieldsV1": fields });
        let metadata = json!({
            "resourceVersion": version, "generation": version.len(), "labels": { "app": label, "theirs": version },
            "managedFields": [entry],
        });
        let mut object = json!({ "metadata": metadata, "status": { "seen": version } });
        if let Some(replicas) = replicas {
            object["spec"] = json!({ "replicas": replicas });
        }
        serde_json::from_value(object).expect("an object")
    }

    fn is_left(before: &DynamicObject, after: &DynamicObject) -> bool {
        is_same(before, after, &json!({ "metadata": { "labels": { "app": "web" } } }), MANAGER)
    }

    #[test]
    fn what_a_controller_writes_meanwhile_is_no_change() {
        assert!(is_left(&object("1", Some(1), "web"), &object("20", Some(1), "web")));
    }

    #[test]
    fn other_content_or_another_label_or_field_is_one() {
        let before = object("1", Some(1), "web");
        assert!(!is_left(&before, &object("2", Some(2), "web")));
        assert!(!is_left(&object("1", Some(1), "api"), &object("2", Some(1), "web")));
        let mut bare = before.clone();
        bare.metadata.labels = None;
        assert!(!is_left(&bare, &object("2", Some(1), "web")));
        bare = before;
        bare.metadata.managed_fields = None;
        assert!(!is_left(&bare, &object("2", Some(1), "web")));
    }

    #[test]
    fn of_what_was_not_read_the_version_decides() {
        assert!(!is_left(&object("1", None, "web"), &object("2", None, "web")));
        assert!(is_left(&object("1", None, "web"), &object("1", None, "web")));
    }
}
