//! The schema that editors read.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Shape;

/// The kinds of mappings that a schema speaks of, each described once.
#[derive(Debug, Default)]
pub(crate) struct Definitions(BTreeMap<String, Json>);

impl Definitions {
    /// A reference to a kind, which is described if it was not yet.
    pub(crate) fn define(&mut self, name: &str, describe: impl FnOnce(&mut Self) -> Json) -> Json {
        let name = name.replace(' ', "-");
        if !self.0.contains_key(&name) {
            // Holds the place, so that a kind that contains itself ends.
            self.0.insert(name.clone(), Json::Null);
            let described = describe(self);
            self.0.insert(name.clone(), described);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    /// The schema of a whole file of one shape.
    pub(crate) fn document<T: Shape>(title: &str) -> Json {
        let mut definitions = Self::default();
        let root = T::schema(&mut definitions);
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": title,
            "$defs": definitions.0,
        });
        if let (Json::Object(schema), Json::Object(root)) = (&mut schema, root) {
            schema.extend(root);
        }
        schema
    }
}
