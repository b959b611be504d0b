//! A manifest that is shown.

use std::fmt;

use eve_core::Origin;
use serde_json::{Map, Value as Json};

use super::{Item, Worth, yaml};
use crate::Problem;

/// A manifest as it holds: as YAML with origins as comments by its `Display`, or value by value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub(super) root: Item,
    pub(super) warnings: Vec<Problem>,
}

/// One single value, an empty list or an empty mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShownValue {
    /// Where it stands, with numbers from 0 for what stands in lists: `services.web.ports.0`.
    pub path: String,
    /// The value. Secrets stand in it as `${secret.KEY}`, never with their text.
    pub value: Json,
    /// Where it came from.
    pub origin: Origin,
}

impl Shown {
    /// Every value, in the order of the text; what holds by default comes last in its mapping.
    pub fn values(&self) -> Vec<ShownValue> {
        let mut out = Vec::new();
        collect(&self.root, String::new(), &mut out);
        out
    }

    /// What the author should know.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        yaml::write(&self.root, f)
    }
}

/// The depth is bounded by the limits under which the tree was built.
fn collect(item: &Item, path: String, out: &mut Vec<ShownValue>) {
    let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let value = match &item.worth {
        Worth::List(items) if !items.is_empty() => {
            for (number, item) in items.iter().enumerate() {
                collect(item, join(&number.to_string()), out);
            }
            return;
        }
        Worth::Mapping(entries) if !entries.is_empty() => {
            for (key, item) in entries {
                collect(item, join(key), out);
            }
            return;
        }
        Worth::Single(value) => value.clone(),
        Worth::List(_) => Json::Array(Vec::new()),
        Worth::Mapping(_) => Json::Object(Map::new()),
    };
    out.push(ShownValue { path, value, origin: item.origin.clone() });
}
