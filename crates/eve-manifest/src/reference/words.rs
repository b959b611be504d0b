//! Shapes, in words.

use serde_json::Value as Json;

use super::Guide;
use super::guide::{narrowed, reference};

/// What a value looks like, in words. Kinds of mappings are put as `link` has them, by their title.
pub(super) fn words(guide: &Guide, shape: &Json, link: &dyn Fn(&str) -> String) -> String {
    if let Some(name) = reference(shape) {
        let title = guide.kind(name).and_then(|kind| kind["title"].as_str()).unwrap_or(name);
        return if name.starts_with("part-of-") { format!("some keys of a {}", link(title)) } else { link(title) };
    }
    if let Some(kind) = narrowed(shape) {
        return words(guide, kind, link);
    }
    if let Json::Array(several) = &shape["anyOf"] {
        // Of variables the page speaks once.
        let several = several.iter().filter(|one| reference(one) != Some("variables"));
        return several.map(|one| words(guide, one, link)).collect::<Vec<_>>().join(", or ");
    }
    if let Json::Array(allowed) = &shape["enum"] {
        let word = |one: &Json| format!("`{}`", one.as_str().map_or_else(|| one.to_string(), str::to_owned));
        return allowed.iter().map(word).collect::<Vec<_>>().join(", ");
    }
    if let Some(items) = shape.get("items") {
        return format!("a list of: {}", words(guide, items, link));
    }
    if let Some(named) = shape.get("additionalProperties").filter(|named| named.is_object()) {
        return format!("by name: {}", words(guide, named, link));
    }
    let nothing = if shape["type"] == "null" { "nothing" } else { "anything" };
    let title = shape["title"].as_str().unwrap_or(nothing);
    if shape["x-eve-filled-in"] == true { format!("{title} with `${{…}}`") } else { title.to_owned() }
}
