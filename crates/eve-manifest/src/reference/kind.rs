//! One kind of mapping.

use serde::Serialize;
use serde_json::Value as Json;

use super::guide::reference;
use super::{Guide, Key};

/// A kind of mapping, with its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Kind {
    /// What it is called.
    pub title: String,
    /// Its keys. Their paths begin at it.
    pub keys: Vec<Key>,
}

/// Every kind of mapping, each after one that leads to it.
pub fn kinds() -> Vec<Kind> {
    let guide = Guide::new();
    let kind = |name: String| guide.kind(&name).map(|mapping| Kind::new(&guide, &name, mapping, &str::to_owned));
    names(&guide).into_iter().filter_map(kind).collect()
}

impl Kind {
    pub(super) fn new(guide: &Guide, name: &str, mapping: &Json, link: &dyn Fn(&str) -> String) -> Self {
        let properties = mapping["properties"].as_object();
        let own = properties.into_iter().flatten().filter(|(_, shape)| shape.get("x-eve-spelling-of").is_none());
        Self {
            title: mapping["title"].as_str().unwrap_or(name).to_owned(),
            keys: own.map(|(key, _)| Key::new(guide, key.clone(), mapping, key, link)).collect(),
        }
    }
}

/// The names of the kinds of mappings, each after one that leads to it.
pub(super) fn names(guide: &Guide) -> Vec<String> {
    fn collect(shape: &Json, out: &mut Vec<String>) {
        if let Some(name) = reference(shape) {
            let is_kind = !name.starts_with("part-of-") && name != "variables";
            if is_kind && !out.iter().any(|known| known == name) {
                out.push(name.to_owned());
            }
        }
        match shape {
            Json::Object(object) => {
                object.iter().filter(|(key, _)| *key != "$defs").for_each(|(_, inner)| collect(inner, out));
            }
            Json::Array(items) => items.iter().for_each(|inner| collect(inner, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    collect(guide.root(), &mut out);
    let mut next = 0;
    while let Some(name) = out.get(next).cloned() {
        if let Some(kind) = guide.kind(&name) {
            collect(kind, &mut out);
        }
        next += 1;
    }
    out
}
