//! What is written on every object that Eve makes.

use std::collections::BTreeMap;

use eve_core::{Digest, EnvironmentId, ObjectName, OpCx, ServiceName};
use kube::core::ObjectMeta;
use serde_json::{Value, json};

use crate::name::K8sName;

/// Whose installation made it.
pub(crate) const OWNER: &str = "eve.owner";
/// The object whose pods these are.
pub(crate) const OBJECT: &str = "eve.object";
/// The service that it is, or belongs to.
pub(crate) const SERVICE: &str = "eve.service";
/// The volume that a claim is for, by its own name: an annotation.
pub(crate) const VOLUME: &str = "eve.volume";
/// What a pod was made from.
pub(crate) const REVISION: &str = "eve.revision";
/// Whose environment it belongs to, as `org/project/env`: an annotation.
pub(crate) const ENVIRONMENT: &str = "eve.environment";
/// The hash of what it was made from: an annotation.
pub(crate) const HASH: &str = "eve.hash";
/// The operation that made it: an annotation.
pub(crate) const OPERATION: &str = "eve.operation";
/// The fencing token under which it was made: an annotation.
pub(crate) const FENCE: &str = "eve.fence";
/// Who manages it, for tools that know nothing of Eve.
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The ApplySet that it is a member of.
const PART_OF: &str = "applyset.kubernetes.io/part-of";

/// The labels of everything of an environment.
pub(crate) fn of_environment(owner: &K8sName, environment: &EnvironmentId, apply_set: &str) -> BTreeMap<String, Value> {
    BTreeMap::from([
        (OWNER.to_owned(), json!(owner)),
        (MANAGED_BY.to_owned(), json!("eve")),
        ("app.kubernetes.io/part-of".to_owned(), json!(eve_core::naming::label(environment.project.as_str()))),
        (PART_OF.to_owned(), json!(apply_set)),
    ])
}

/// The labels of a service, by which its objects and pods are found.
pub(crate) fn of_service(service: &ServiceName) -> BTreeMap<String, Value> {
    let name = eve_core::naming::label(service.as_str());
    BTreeMap::from([(SERVICE.to_owned(), json!(name)), ("app.kubernetes.io/name".to_owned(), json!(name))])
}

/// What finds the pods of one object, and no others.
pub(crate) fn pods_of(owner: &K8sName, object: &ObjectName) -> Value {
    json!({ OWNER: owner, OBJECT: object })
}

/// What finds no pod at all. A Service without any selector keeps the pods that it had.
pub(crate) fn nobody(owner: &K8sName) -> Value {
    json!({ OWNER: owner, OBJECT: "nobody" })
}

/// What is known of an object only when it is made.
pub(crate) fn stamp(hash: &Digest, cx: &OpCx) -> BTreeMap<String, Value> {
    BTreeMap::from([
        (ENVIRONMENT.to_owned(), json!(cx.environment.to_string())),
        (HASH.to_owned(), json!(hash.to_string())),
        (OPERATION.to_owned(), json!(cx.operation.as_str())),
        (FENCE.to_owned(), json!(cx.fence.to_string())),
    ])
}

/// What Eve wrote on an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) environment: EnvironmentId,
    pub(crate) hash: Digest,
}

impl Mark {
    /// What is written on an object of this owner; none if it is a stranger's.
    pub(crate) fn read_any(owner: &K8sName, meta: &ObjectMeta) -> Option<Self> {
        if text(meta.labels.as_ref(), OWNER)? != owner.as_str() {
            return None;
        }
        let annotation = |key| text(meta.annotations.as_ref(), key);
        Some(Self {
            environment: EnvironmentId::parse(annotation(ENVIRONMENT)?).ok()?,
            hash: annotation(HASH)?.parse().ok()?,
        })
    }

    /// What is written on an object of this owner and environment; none if it is a stranger's.
    pub(crate) fn read(owner: &K8sName, environment: &EnvironmentId, meta: &ObjectMeta) -> Option<Self> {
        Self::read_any(owner, meta).filter(|mark| mark.environment == *environment)
    }
}

/// A label or annotation.
pub(crate) fn text<'a>(all: Option<&'a BTreeMap<String, String>>, key: &str) -> Option<&'a str> {
    all?.get(key).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(owner: &str, environment: &str) -> ObjectMeta {
        let text = |pairs: &[(&str, &str)]| {
            Some(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
        };
        ObjectMeta {
            labels: text(&[(OWNER, owner)]),
            annotations: text(&[(ENVIRONMENT, environment), (HASH, &Digest::of("spec").to_string())]),
            ..ObjectMeta::default()
        }
    }

    #[test]
    fn what_is_written_is_read_by_its_owner_in_its_environment_alone() {
        let owner = |name| K8sName::new(name).unwrap();
        let prod = EnvironmentId::parse("acme/shop/prod").unwrap();
        let found = Mark::read(&owner("a"), &prod, &meta("a", "acme/shop/prod"));
        assert_eq!(found, Some(Mark { environment: prod.clone(), hash: Digest::of("spec") }));
        assert_eq!(Mark::read(&owner("b"), &prod, &meta("a", "acme/shop/prod")), None);
        assert_eq!(Mark::read(&owner("a"), &prod, &meta("a", "acme/shop/dev")), None);
    }
}
