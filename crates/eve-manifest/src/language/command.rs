//! Command lines.

use schemars::{Schema, json_schema};

use crate::codes;
use crate::grammar::{At, Definitions, Reader, Shape};
use crate::interpolation::{PlainText, parse_word};
use crate::problem::Note;
use crate::tree::{Node, Value};
use crate::words::{Unsplittable, split};

/// A command line: a list of words, or text that is split without a shell.
#[derive(Debug, Clone)]
pub(crate) struct Command(pub(crate) Vec<PlainText>);

impl Shape for Command {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(node.value, Value::List(_)) {
            let words: Vec<At<PlainText>> = Vec::read(node, reader)?;
            return Some(Self(words.into_iter().map(|word| word.value).collect()));
        }
        if node.is_null() || matches!(node.value, Value::Mapping(_)) {
            return reader.wrong_type(node, "a command line: text or a list");
        }
        let text = &reader.written(node, "text")?.text;
        let words = words(text, node, reader)?;
        let words: Vec<Option<PlainText>> = words.iter().map(|word| parse_word(word, node, reader)).collect();
        words.into_iter().collect::<Option<_>>().map(Self)
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "anyOf": [
            PlainText::schema(definitions),
            Vec::<At<PlainText>>::schema(definitions),
        ]})
    }
}

/// Splits text into words, or reports why that cannot be done.
fn words(text: &str, node: &Node, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let problem = match split(text) {
        Ok(words) => return Some(words),
        Err(Unsplittable::Unclosed) => {
            Note::error(codes::BAD_VALUE, node.span, "a quote, brace or backslash is left open in this command line")
                .hint("close it, or write the command line as a list")
        }
        Err(Unsplittable::NeedsShell(what)) => {
            Note::error(codes::BAD_VALUE, node.span, format!("`{what}` needs a shell, and no shell reads this text"))
                .hint("write a list; if you want a shell, say so: [sh, -c, \"…\"]")
        }
    };
    reader.report.add(problem);
    None
}
