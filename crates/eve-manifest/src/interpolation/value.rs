//! Shapes of interpolated values.

use schemars::{Schema, json_schema};

use super::dollars::Dollars;
use super::{Piece, Placed, reading};
use crate::codes;
use crate::grammar::{Definitions, Reader, Shape};
use crate::problem::Note;
use crate::tree::{Node, Span};

/// A value that may hold secrets and addresses, which are filled in as late as possible.
#[derive(Debug, Clone)]
pub(crate) struct TemplateText(pub(crate) Vec<Placed>);

impl Shape for TemplateText {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let scalar = reader.written(node, "text")?;
        let dollars = Dollars::of(scalar, node.span, reader.report.source());
        let places = |skip, length| {
            let found = dollars.as_ref().and_then(|dollars| dollars.place(skip, length));
            // In the same layer as the value.
            found.map_or_else(|| scalar.part(node.span, skip, length), |span| Span { layer: node.span.layer, ..span })
        };
        reading::pieces(&scalar.text, 0, &places, 0, reader).map(Self)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({ "title": "text", "type": ["string", "number", "boolean"], "x-eve-filled-in": true })
    }
}

impl TemplateText {
    /// Reads a part of a single value, from `skip` characters into it.
    pub(crate) fn within(node: &Node, text: &str, skip: usize, reader: &mut Reader<'_>) -> Option<Self> {
        let places = |skip, length| node.scalar().map_or(node.span, |scalar| scalar.part(node.span, skip, length));
        reading::pieces(text, skip, &places, 0, reader).map(Self)
    }
}

/// A value that is plain text once the variables are known.
#[derive(Debug, Clone)]
pub(crate) struct PlainText(pub(crate) Vec<Placed>);

impl Shape for PlainText {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        TemplateText::read(node, reader).and_then(|text| plain(text.0, reader))
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        TemplateText::schema(definitions)
    }
}

impl PlainText {
    /// The text, if no variable is a part of it.
    pub(crate) fn literal(&self) -> Option<String> {
        let pieces = self.0.iter().map(|placed| match &placed.piece {
            Piece::Text(text) => Some(text.as_str()),
            _ => None,
        });
        pieces.collect()
    }
}

/// In longer texts the places of words are not looked for: that takes its time.
const LOOKED_THROUGH: usize = 4096;

/// Reads a word that was taken out of a value. A reference in it stands where the value first has one like it.
pub(crate) fn parse_word(word: &str, node: &Node, reader: &mut Reader<'_>) -> Option<PlainText> {
    let scalar = node.scalar().filter(|scalar| scalar.text.len() <= LOOKED_THROUGH);
    let places = |skip, length| {
        let part: String = word.chars().skip(skip).take(length).collect();
        let scalar = scalar.filter(|_| part.starts_with('$'));
        let found = scalar.and_then(|scalar| Some((scalar, scalar.text.find(&part)?)));
        found.map_or(node.span, |(scalar, at)| scalar.part(node.span, scalar.text[..at].chars().count(), length))
    };
    reading::pieces(word, 0, &places, 0, reader).and_then(|pieces| plain(pieces, reader))
}

fn plain(pieces: Vec<Placed>, reader: &mut Reader<'_>) -> Option<PlainText> {
    let late = |placed: &Placed| !matches!(placed.piece, Piece::Text(_) | Piece::Variable { .. });
    let wrong: Vec<Span> = pieces.iter().filter(|placed| late(placed)).map(|placed| placed.span).collect();
    for span in &wrong {
        let text = "secrets and addresses of services may only stand in `environment`";
        let hint = "put it into a variable under `environment`, and let the program read that";
        reader.report.add(Note::error(codes::UNSUPPORTED, *span, text).hint(hint));
    }
    wrong.is_empty().then_some(PlainText(pieces))
}
