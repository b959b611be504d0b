//! Environment variables that a pipeline, a step or a workflow gives to what it runs.

use eve_core::VarName;
use schemars::{Schema, json_schema};

use crate::codes;
use crate::grammar::{At, Definitions, Reader, Shape};
use crate::interpolation::{Piece, TemplateText};
use crate::problem::Note;
use crate::tree::{Key, Node, Value};

/// Most characters of one value.
const VALUE: usize = 2048;
/// Most bytes of all of them, as JSON.
const WHOLE: usize = 4096;
/// Names that the platform and its agents need for themselves.
const RESERVED: [&str; 9] =
    ["PATH", "HOME", "SHELL", "USER", "TMPDIR", "NODE_OPTIONS", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "PI_HOME"];
/// What begins the names of the platform's own variables.
const OWN: &str = "EVE_";

/// Variables in the order of the text, those that can be used: text and secrets.
#[derive(Debug, Clone, Default)]
pub(crate) struct EnvOverrides(pub(crate) Vec<(VarName, At<TemplateText>)>);

impl Shape for EnvOverrides {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::Mapping(entries) = &node.value else { return reader.wrong_type(node, "a mapping of variables") };
        let size = node.to_json().to_string().len();
        if size > WHOLE {
            let text = format!("these variables are {size} bytes as JSON, and {WHOLE} are allowed");
            reader.bad_value::<()>(node, text, "put what is long into a file of the project");
        }
        let read = entries.iter().map(|entry| {
            let name = name(&entry.key, reader);
            Some((name, value(&entry.value, reader)?)).and_then(|(name, value)| Some((name?, value)))
        });
        Some(Self(read.collect::<Vec<_>>().into_iter().flatten().collect()))
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({
            "title": "variables",
            "type": "object",
            "propertyNames": { "pattern": "^[A-Z_][A-Z0-9_]*$" },
            "additionalProperties": { "title": "text", "type": ["string", "number", "boolean"], "maxLength": VALUE },
        })
    }
}

impl EnvOverrides {
    /// The secrets that their values need.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|(_, value)| &value.value.0).filter_map(|placed| match &placed.piece {
            Piece::Secret(name) => Some(name.as_str()),
            _ => None,
        })
    }
}

fn name(key: &Key, reader: &mut Reader<'_>) -> Option<VarName> {
    let text = &*key.text;
    let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let problem = if text.is_empty() || !text.bytes().all(is_plain) || text.as_bytes()[0].is_ascii_digit() {
        let said = format!("`{}` is no name of such a variable", text.escape_debug());
        let note = Note::error(eve_core::codes::NAME_INVALID, key.span, said);
        note.hint("use A-Z, 0-9 and _, beginning with a letter or _")
    } else if text.starts_with(OWN) || RESERVED.contains(&text) {
        let note = Note::error(codes::BAD_VALUE, key.span, format!("`{text}` is set by the platform"));
        note.hint(format!("use another name: not {}, and none that begins with {OWN}", RESERVED.join(", ")))
    } else {
        return VarName::new(text).map_err(|error| reader.report.add(Note::refused(key.span, &error))).ok();
    };
    reader.report.add(problem);
    None
}

fn value(node: &Node, reader: &mut Reader<'_>) -> Option<At<TemplateText>> {
    let value = At::<TemplateText>::read(node, reader)?;
    let length = node.scalar().map_or(0, |scalar| scalar.text.chars().count());
    if length > VALUE {
        let text = format!("this value has {length} characters, and {VALUE} are allowed");
        return reader.bad_value(node, text, "put what is long into a file of the project");
    }
    let others = value.value.0.iter().filter(|placed| !matches!(placed.piece, Piece::Text(_) | Piece::Secret(_)));
    let others: Vec<_> = others.map(|placed| placed.span).collect();
    for span in &others {
        let problem = Note::error(codes::UNSUPPORTED, *span, "only secrets are filled in here");
        reader.report.add(problem.hint("write ${secret.KEY}, or the text itself"));
    }
    others.is_empty().then_some(value)
}
