//! The page of all keys.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::kind::names;
use super::{Guide, Kind};

const HEAD: &str = "\
# The keys of `eve/compose/v2`

Made from the tables by which manifests are read, one section a kind of mapping. `UPDATE_GOLDEN=1 cargo test -p eve-manifest`
writes it again. `eve manifest explain KEY` says the same of one key, and `eve manifest schema` gives all of it to editors.

A file without `schema: eve/compose/v2` is read as a Compose file: there `${VAR}` may stand for any single value, and means a
variable of the caller. With a schema only the language's own variables exist, in what is marked with `${…}`.

What becomes of a key: *used*; *carried*: kept as it is written for whoever knows it, with a warning; *not used*: a warning;
*refused*: an error, and its meaning says what to write instead.
";

/// Every key of the language, as a page in Markdown: a table for each kind of mapping.
pub fn page() -> String {
    let guide = Guide::new();
    let mut out = HEAD.to_owned();
    for name in names(&guide) {
        if let Some(mapping) = guide.kind(&name) {
            section(&Kind::new(&guide, &name, mapping, &link), mapping, &mut out);
        }
    }
    out
}

fn section(kind: &Kind, mapping: &Json, out: &mut String) {
    let _ = writeln!(out, "\n## {}\n\n{}\n", kind.title, mapping["description"].as_str().unwrap_or_default());
    if mapping.get("patternProperties").is_some() {
        out.push_str("Keys that begin with `x-` are passed over.\n\n");
    }
    if kind.keys.is_empty() {
        out.push_str("It has no keys.\n");
        return;
    }
    out.push_str("| key | shape | default | meaning | becomes |\n|---|---|---|---|---|\n");
    for key in &kind.keys {
        let others: Vec<_> = key.spellings.iter().map(|other| format!(" or `{other}`")).collect();
        let literal = |default: &String| match default.split_once(';') {
            Some((default, plain)) => format!("`{default}`;{plain}"),
            None => format!("`{default}`"),
        };
        let default = key.default.as_ref().map(literal);
        let default = default.unwrap_or_else(|| if key.required { "needed".to_owned() } else { String::new() });
        let shape = if key.treatment == "refused" { "" } else { &key.shape };
        let cells = [&format!("`{}`{}", key.path, others.concat()), shape, &default, &key.meaning];
        let cells: Vec<_> = cells.into_iter().map(|cell| cell.replace('|', "\\|")).collect();
        let _ = writeln!(out, "| {} | {} |", cells.join(" | "), key.treatment);
    }
}

fn link(title: &str) -> String {
    format!("[{title}](#{})", title.replace(' ', "-"))
}
