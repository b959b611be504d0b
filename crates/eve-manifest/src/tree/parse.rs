//! From a text to its tree.

use std::cell::Cell;

use saphyr_parser::Parser;

use super::builder::{Builder, Stop, mark, span};
use super::window::Window;
use super::{Node, Span, characters};
use crate::Limits;
use crate::codes;
use crate::problem::{Note, Report};

/// The tree of a text. None if there is none to work with; the report says why.
pub(crate) fn parse(text: &str, limits: &Limits, report: &mut Report) -> Option<Node> {
    let text = characters::without_forbidden(text, report);
    let left = Cell::new(limits.ahead);
    let mut parser = Parser::new(Window::new(&text, &left));
    let mut last = Span::default();
    let mut builder = Builder::new(&text, limits, report);
    while let Some(event) = parser.next_event() {
        match event {
            _ if left.get() == 0 => {
                let text = format!("more than {} signs of YAML stand in one value", limits.ahead);
                builder.report(
                    Note::error(codes::SIZE_LIMIT, last, text)
                        .hint("write a line for each item, and put a long text into a file"),
                );
                return None;
            }
            Ok((event, range)) => {
                left.set(limits.ahead);
                last = span(range);
                if let Err(Stop) = builder.event(event, range) {
                    return None;
                }
            }
            Err(error) => {
                let at = mark(*error.marker());
                let note = Note::error(codes::SYNTAX, Span::new(at, at), lower_case(error.info()));
                builder.report(note.maybe_hint(hint(error.info()).map(str::to_owned)));
                return None;
            }
        }
    }
    Some(builder.finish())
}

/// What to do about texts that YAML takes for something else.
fn hint(error: &str) -> Option<&'static str> {
    let hints = [
        ("unknown anchor", "a text that begins with * has to stand in quotes"),
        ("mapping values are not allowed", "a text with a colon and a blank in it has to stand in quotes"),
    ];
    hints.into_iter().find_map(|(part, hint)| error.contains(part).then_some(hint))
}

fn lower_case(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
