//! Finding one's way in the schema.

use serde_json::{Map, Value as Json};

use crate::grammar::document;
use crate::language::Root;

/// The schema of the language, in which the shape of any value can be looked up.
#[derive(Debug)]
pub(crate) struct Guide(Json);

impl Guide {
    pub(crate) fn new() -> Self {
        Self(document::<Root>("eve/compose/v2").to_value())
    }

    /// The shape of the whole file.
    pub(crate) fn root(&self) -> &Json {
        &self.0
    }

    /// Everything that a value may be: references are followed, and alternatives stand side by side.
    pub(crate) fn alternatives<'g>(&'g self, shape: &'g Json) -> Vec<&'g Json> {
        if let Some(name) = reference(shape) {
            return self.kind(name).map_or_else(Vec::new, |kind| self.alternatives(kind));
        }
        if let Some(kind) = narrowed(shape) {
            return self.alternatives(kind);
        }
        match &shape["anyOf"] {
            Json::Array(several) => several.iter().flat_map(|one| self.alternatives(one)).collect(),
            _ => vec![shape],
        }
    }

    /// A kind of mapping by its name.
    pub(crate) fn kind(&self, name: &str) -> Option<&Json> {
        self.0["$defs"].get(name)
    }

    /// The keys of a mapping of fixed keys, if a value may be one; of the first, if it may be one of several.
    pub(crate) fn keys<'g>(&'g self, shape: &'g Json) -> Option<&'g Map<String, Json>> {
        self.alternatives(shape).into_iter().find_map(|one| one["properties"].as_object())
    }

    /// The shape of a key's value, however the key is spelled, with the one spelling that counts.
    pub(crate) fn at<'g>(&'g self, shape: &'g Json, key: &'g str) -> Option<(&'g str, &'g Json)> {
        let own = self.alternatives(shape).into_iter().find_map(|one| one["properties"].get(key));
        if let Some(own) = own {
            return Some((own["x-eve-spelling-of"].as_str().unwrap_or(key), own));
        }
        let named = |one: &'g Json| one.get("additionalProperties").filter(|named| named.is_object());
        self.alternatives(shape).into_iter().find_map(named).map(|named| (key, named))
    }

    /// The shape of what stands in a list, if a value may be one.
    pub(crate) fn item<'g>(&'g self, shape: &'g Json) -> Option<&'g Json> {
        self.alternatives(shape).into_iter().find_map(|one| one.get("items"))
    }
}

/// The kind of mapping of which a shape takes those with certain values.
pub(super) fn narrowed(shape: &Json) -> Option<&Json> {
    shape["allOf"].get(0).filter(|kind| reference(kind).is_some())
}

/// The kind that a shape refers to.
pub(super) fn reference(shape: &Json) -> Option<&str> {
    shape["$ref"].as_str()?.strip_prefix("#/$defs/")
}
