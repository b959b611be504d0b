//! From a text to its tree.

use saphyr_parser::Parser;

use super::builder::{Builder, Stop, mark};
use super::{Node, Span, characters};
use crate::Limits;
use crate::codes;
use crate::problem::{Note, Report};

/// The tree of a text. None if there is none to work with; the report says why.
pub(crate) fn parse(text: &str, limits: &Limits, report: &mut Report) -> Option<Node> {
    let text = characters::without_forbidden(text, report);
    let mut parser = Parser::new_from_str(&text);
    let mut builder = Builder::new(&text, limits, report);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => {
                if let Err(Stop) = builder.event(event, span) {
                    return None;
                }
            }
            Err(error) => {
                let at = mark(*error.marker());
                builder.report(Note::error(codes::SYNTAX, Span::new(at, at), lower_case(error.info())));
                return None;
            }
        }
    }
    Some(builder.finish())
}

fn lower_case(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
