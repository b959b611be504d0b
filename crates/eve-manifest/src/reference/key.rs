//! One key of the language.

use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;

use super::Guide;
use super::words::words;

/// A key of the language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Key {
    /// Where it stands; `*` is a name or a number: `services.*.x-eve.ingress.port`.
    pub path: String,
    /// How else it may be spelled.
    pub spellings: Vec<String>,
    /// What its value looks like, in words.
    pub shape: String,
    /// What holds where it is not said, if that is one value.
    pub default: Option<String>,
    /// True if its mapping cannot do without it.
    pub required: bool,
    /// What it means; of a key that is refused, what to write instead.
    pub meaning: String,
    /// What becomes of it: `used`, `carried`, `not used` or `refused`.
    pub treatment: &'static str,
}

/// Every key of the language, in the order of their paths.
pub fn keys() -> Vec<Key> {
    let guide = Guide::new();
    let mut out = Vec::new();
    walk(&guide, guide.root(), "", &mut out);
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

impl Key {
    /// True if a path is this key's, or the end of it. Names stand for `*`, and every spelling counts.
    pub fn is_meant_by(&self, path: &str) -> bool {
        let asked: Vec<&str> = path.split('.').collect();
        let own: Vec<&str> = self.path.split('.').collect();
        let Some(skip) = own.len().checked_sub(asked.len()) else { return false };
        let is_last = |at: usize| at + 1 == own.len();
        own.iter().zip(0..).skip(skip).zip(&asked).all(|((own, at), asked)| {
            let dashed = if *asked == "x_eve" { "x-eve" } else { asked };
            *own == "*" || *own == dashed || is_last(at) && self.spellings.iter().any(|other| other == asked)
        })
    }

    pub(super) fn new(guide: &Guide, path: String, mapping: &Json, key: &str, link: &dyn Fn(&str) -> String) -> Self {
        let shape = &mapping["properties"][key];
        let properties = mapping["properties"].as_object();
        let others = properties.into_iter().flatten().filter(|(_, one)| one["x-eve-spelling-of"] == key);
        let value = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let plain = shape
            .get("x-eve-default-without-schema")
            .map(|plain| format!("{}; {} in a file without a schema", value(&shape["default"]), value(plain)));
        Self {
            path,
            spellings: others.map(|(other, _)| other.clone()).collect(),
            shape: words(guide, shape, link),
            default: plain.or_else(|| shape.get("default").map(value)),
            required: is_needed(mapping, key),
            meaning: shape["description"].as_str().unwrap_or_default().to_owned(),
            treatment: match shape["x-eve-usage"].as_str() {
                None => "used",
                Some("carried") => "carried",
                Some("not used") => "not used",
                Some(_) => "refused",
            },
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  {}\n  {}", self.path, self.shape, self.meaning, self.treatment)?;
        if self.required {
            f.write_str(", needed")?;
        }
        if let Some(default) = &self.default {
            write!(f, ", by default {default}")?;
        }
        if !self.spellings.is_empty() {
            write!(f, ", also spelled {}", self.spellings.join(", "))?;
        }
        Ok(())
    }
}

fn is_needed(mapping: &Json, key: &str) -> bool {
    let holds = |keys: &Json| keys.as_array().is_some_and(|keys| keys.iter().any(|one| one == key));
    let any =
        |several: &Json| several["anyOf"].as_array().is_some_and(|any| any.iter().any(|one| holds(&one["required"])));
    holds(&mapping["required"]) || mapping["allOf"].as_array().is_some_and(|all| all.iter().any(any))
}

/// Adds the keys at and below a shape. What may be laid over something else is told there.
fn walk(guide: &Guide, shape: &Json, path: &str, out: &mut Vec<Key>) {
    let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    if super::guide::reference(shape).is_some_and(|name| name.starts_with("part-of-")) {
        return;
    }
    for one in guide.alternatives(shape) {
        for (key, inner) in one["properties"].as_object().into_iter().flatten() {
            if inner.get("x-eve-spelling-of").is_none() {
                out.push(Key::new(guide, join(key), one, key, &str::to_owned));
                walk(guide, inner, &join(key), out);
            }
        }
        let inner = one.get("items").or_else(|| one.get("additionalProperties").filter(|named| named.is_object()));
        if let Some(inner) = inner {
            walk(guide, inner, &join("*"), out);
        }
    }
}
