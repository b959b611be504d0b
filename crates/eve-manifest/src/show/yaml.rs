//! What is shown, as YAML.

use std::fmt::{Formatter, Result};

use serde_json::Value as Json;

use super::{Item, Worth};
use crate::tree::{Kind, Scalar};

/// Where comments begin, unless a line is longer.
const COMMENTS: usize = 48;

/// Writes a whole file. The depth is bounded by the limits under which the tree was built.
pub(super) fn write(root: &Item, f: &mut Formatter<'_>) -> Result {
    match &root.worth {
        Worth::Mapping(entries) if !entries.is_empty() => mapping(entries, 0, false, f),
        _ => line("", root, f),
    }
}

/// The entries of a mapping; where it stands in a list, the first has its dash.
fn mapping(entries: &[(String, Item)], depth: usize, in_list: bool, f: &mut Formatter<'_>) -> Result {
    for (number, (key, item)) in entries.iter().enumerate() {
        let lead = if in_list && number == 0 { format!("{}- ", space(depth - 1)) } else { space(depth) };
        inner(&format!("{lead}{}:", text(key)), item, depth, f)?;
    }
    Ok(())
}

/// A value behind a key or a dash.
fn inner(head: &str, item: &Item, depth: usize, f: &mut Formatter<'_>) -> Result {
    match &item.worth {
        Worth::Mapping(entries) if !entries.is_empty() => {
            writeln!(f, "{head}")?;
            mapping(entries, depth + 1, false, f)
        }
        Worth::List(items) if !items.is_empty() => {
            writeln!(f, "{head}")?;
            items.iter().try_for_each(|item| element(item, depth + 1, f))
        }
        _ => line(head, item, f),
    }
}

fn element(item: &Item, depth: usize, f: &mut Formatter<'_>) -> Result {
    match &item.worth {
        Worth::Mapping(entries) if !entries.is_empty() => mapping(entries, depth + 1, true, f),
        _ => inner(&format!("{}-", space(depth)), item, depth, f),
    }
}

fn line(head: &str, item: &Item, f: &mut Formatter<'_>) -> Result {
    let value = match &item.worth {
        Worth::Single(Json::String(value)) => text(value),
        Worth::Single(value) => value.to_string(),
        Worth::List(_) => "[]".to_owned(),
        Worth::Mapping(_) => "{}".to_owned(),
    };
    let line = format!("{head} {value}");
    writeln!(f, "{line:<COMMENTS$}  # {}", item.origin)
}

fn space(depth: usize) -> String {
    "  ".repeat(depth)
}

/// A text, quoted unless everybody reads it as the text that it is.
fn text(value: &str) -> String {
    const WORDS: [&str; 6] = ["yes", "no", "on", "off", "y", "n"];
    let begins = value.starts_with(|c: char| c.is_ascii_alphanumeric() || "/$._".contains(c));
    let plain = |c: char| c.is_ascii_alphanumeric() || " _-./:@$={}+,*()".contains(c);
    let is_plain = begins
        && value.chars().all(plain)
        && !value.contains(": ")
        && !value.ends_with([':', ' '])
        && !WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
        && Scalar::filled(value.to_owned()).kind() == Kind::Text
        && !["null", "~"].iter().any(|word| value.eq_ignore_ascii_case(word));
    if is_plain { value.to_owned() } else { Json::from(value).to_string() }
}
