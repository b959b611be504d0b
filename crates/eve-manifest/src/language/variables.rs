//! Environment variables.

use std::collections::HashSet;

use eve_core::VarName;
use schemars::{Schema, json_schema};

use crate::codes;
use crate::grammar::{At, Definitions, Dialect, Map, Named, Reader, Shape};
use crate::interpolation::{Fallback, Piece, Placed, TemplateText};
use crate::problem::Note;
use crate::tree::{Node, Value};

/// Environment variables: a mapping, or a list of `KEY=value`.
#[derive(Debug, Clone)]
pub(crate) struct Variables(pub(crate) Map<VarName, TemplateText>);

impl Shape for Variables {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let named = match &node.value {
            Value::Mapping(entries) => entries
                .iter()
                .map(|entry| {
                    let text = At { value: entry.key.text.clone(), span: entry.key.span };
                    let value = if entry.value.is_null() {
                        passed_on(&text, reader)
                    } else {
                        At::<TemplateText>::read(&entry.value, reader)
                    };
                    named(text, value, reader)
                })
                .collect(),
            Value::List(items) => {
                let mut out: Vec<Named<VarName, TemplateText>> = Vec::new();
                let mut keys = HashSet::new();
                for item in items {
                    let Some(written) = reader.written(item, "KEY=value").map(|scalar| &*scalar.text) else { continue };
                    let (key, value) = written.split_once('=').map_or((written, None), |(k, v)| (k, Some(v)));
                    let text = At { value: key.to_owned(), span: item.span };
                    if !keys.insert(key) {
                        let message = format!("`{}` stands twice in this list", key.escape_debug());
                        reader.report.add(Note::error(codes::DUPLICATE_KEY, item.span, message));
                        continue;
                    }
                    if value.is_none() && key.parse::<VarName>().is_err() {
                        let message = format!("`{}` is not a variable and its value", key.escape_debug());
                        let problem = Note::error(codes::BAD_VALUE, item.span, message);
                        reader.report.add(problem.hint("write KEY=value"));
                        continue;
                    }
                    let value = match value {
                        None => passed_on(&text, reader),
                        Some(value) => TemplateText::within(item, value, key.chars().count() + 1, reader)
                            .map(|value| At { value, span: item.span }),
                    };
                    out.push(named(text, value, reader));
                }
                out
            }
            Value::Scalar(_) => return reader.wrong_type(node, "a mapping of variables"),
        };
        Some(Self(Map(named)))
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "object", "additionalProperties": { "anyOf": [
                TemplateText::schema(definitions),
                { "title": "nothing, for the caller's variable of that name", "type": "null" },
            ]}},
            { "type": "array", "items": { "title": "KEY=value", "type": ["string", "boolean"] } },
        ]})
    }
}

fn named(text: At<String>, value: Option<At<TemplateText>>, reader: &mut Reader<'_>) -> Named<VarName, TemplateText> {
    let name = text.value.parse::<VarName>();
    if let Err(error) = &name {
        reader.report.add(Note::refused(text.span, error));
    }
    Named { text, name: name.ok(), value }
}

/// A variable without a value is the caller's variable of that name, which only Compose has.
fn passed_on(text: &At<String>, reader: &mut Reader<'_>) -> Option<At<TemplateText>> {
    if reader.dialect == Dialect::Eve {
        let message = format!("the variable `{}` has no value", text.value.escape_debug());
        reader.report.add(Note::error(codes::WRONG_TYPE, text.span, message).hint("write \"\" for an empty one"));
        return None;
    }
    let piece = Piece::Variable { name: text.value.clone(), fallback: Fallback::None };
    Some(At { value: TemplateText(vec![Placed { piece, span: text.span }]), span: text.span })
}
