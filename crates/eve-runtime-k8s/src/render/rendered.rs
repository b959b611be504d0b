//! An object as it is to be.

use std::collections::BTreeMap;

use eve_core::{
    Body, Bound, FileBlob, ObjectId, ObjectName, Result, SecretName, SecretVersion, ServiceName, Template, Wanted,
    naming,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::apply_set;
use crate::api::Kind;
use crate::config::K8sConfig;
use crate::labels;

/// An object as it is to be, but for what is known only when it is made.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    pub(crate) kind: Kind,
    pub(crate) name: ObjectName,
    /// The service that it is an instance of.
    pub(crate) service: Option<ServiceName>,
    pub(crate) content: Content,
    pub(crate) needs: Vec<ObjectId>,
    /// True if it is changed in place where it is there already.
    pub(crate) updatable: bool,
}

/// Everything that makes an object what it is; its digest is the hash. Secrets are references in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// The object, without the values that are filled in when it is made.
    pub(crate) object: Value,
    /// Keys of a Secret, and what is put there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) secrets: BTreeMap<String, Template>,
    /// The versions of the secrets in them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) versions: BTreeMap<SecretName, SecretVersion>,
    /// Keys of a ConfigMap, and the files that are put there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) files: BTreeMap<String, FileBlob>,
}

impl Content {
    fn of(object: Value) -> Self {
        Self { object, secrets: BTreeMap::new(), versions: BTreeMap::new(), files: BTreeMap::new() }
    }
}

impl Rendered {
    /// An object of an environment: `fields` are what it has beside `apiVersion`, `kind` and `metadata`.
    pub(crate) fn new(config: &K8sConfig, want: &Bound, kind: Kind, name: ObjectName, fields: Value) -> Self {
        let namespace = naming::namespace(want.environment());
        let mut metadata = Map::new();
        metadata.insert("name".to_owned(), json!(name));
        if kind != Kind::Namespace {
            metadata.insert("namespace".to_owned(), json!(namespace));
        }
        let set = apply_set::id(&namespace);
        metadata.insert("labels".to_owned(), json!(labels::of_environment(&config.owner, want.environment(), &set)));
        let mut object = Map::new();
        object.insert("apiVersion".to_owned(), json!(kind.api_version()));
        object.insert("kind".to_owned(), json!(kind.names().2));
        object.insert("metadata".to_owned(), Value::Object(metadata));
        if let Value::Object(fields) = fields {
            object.extend(fields);
        }
        let needs = if kind == Kind::Namespace { Vec::new() } else { vec![id(Kind::Namespace, namespace_name(want))] };
        Self { kind, name, service: None, content: Content::of(Value::Object(object)), needs, updatable: true }
    }

    /// Adds labels.
    pub(crate) fn with_labels(mut self, more: impl IntoIterator<Item = (String, Value)>) -> Self {
        self.meta("labels").extend(more);
        self
    }

    /// Adds annotations.
    pub(crate) fn with_annotations(mut self, more: impl IntoIterator<Item = (String, Value)>) -> Self {
        self.meta("annotations").extend(more);
        self
    }

    /// Makes it anew, under a name of its own, where it changes.
    pub(crate) fn immutable(mut self) -> Self {
        self.updatable = false;
        self
    }

    /// Names an object that must exist first.
    pub(crate) fn with_need(mut self, kind: Kind, name: ObjectName) -> Self {
        self.needs.push(id(kind, name));
        self
    }

    /// Its kind and name.
    pub(crate) fn id(&self) -> ObjectId {
        id(self.kind, self.name.clone())
    }

    /// As a backend wants it.
    pub(crate) fn wanted(self) -> Result<Wanted> {
        let mut wanted = Wanted::new(self.id(), Body::of(&self.content)?);
        wanted.service = self.service;
        wanted.needs = self.needs;
        wanted.updatable = self.updatable;
        Ok(wanted)
    }

    fn meta(&mut self, what: &str) -> &mut Map<String, Value> {
        let empty = || Value::Object(Map::new());
        let slot = &mut self.content.object["metadata"][what];
        if !slot.is_object() {
            *slot = empty();
        }
        slot.as_object_mut().expect("it was just made an object")
    }
}

/// A kind and name in Eve's plans.
pub(crate) fn id(kind: Kind, name: ObjectName) -> ObjectId {
    ObjectId::new(kind.word(), name)
}

/// The namespace of an environment.
pub(crate) fn namespace_name(want: &Bound) -> ObjectName {
    ObjectName::new(naming::namespace(want.environment())).expect("a DNS label is an object's name")
}
