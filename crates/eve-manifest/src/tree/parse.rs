//! From a text to its tree.

use std::cell::Cell;

use saphyr_parser::Parser;

use super::builder::{Builder, Stop, mark, span};
use super::window::Window;
use super::{Mark, Node, Span, characters};
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
                let note = refused(&text, mark(*error.marker()), error.info(), builder.unclosed(&text));
                builder.report(note);
                return None;
            }
        }
    }
    Some(builder.finish())
}

/// What the parser refuses at a place. A list that is never closed is found out at the end of the text, or where the
/// lines after it cannot be a part of it: its beginning is what is wrong.
fn refused(text: &str, at: Mark, info: &str, unclosed: Option<(Mark, char)>) -> Note {
    if info.contains("recursion limit") {
        let text = "lists and mappings stand too deep inside each other";
        return Note::error(codes::DEPTH_LIMIT, Span::new(at, at), text);
    }
    let problem = Note::error(codes::SYNTAX, Span::new(at, at), lower_case(info));
    if let Some(hint) = hint(info) {
        return problem.hint(hint);
    }
    let Some((start, sign)) = unclosed else { return problem };
    if is_filled_in(text, at) {
        return problem.hint("a text with ${…} in it has to stand in quotes between brackets");
    }
    let is_structure = ["expected ','", "unexpected eof", "invalid indentation in flow", "':' indicator"];
    if !is_structure.iter().any(|part| info.contains(part)) {
        return problem;
    }
    let closing = if sign == '[' { ']' } else { '}' };
    if is_over(text, at) {
        let end = Mark { column: start.column + 1, ..start };
        let text = format!("this `{sign}` is never closed");
        return Note::error(codes::SYNTAX, Span::new(start, end), text)
            .hint(format!("write `{closing}` where it ends"));
    }
    let is_later = at.line > start.line;
    let hint = || format!("the `{sign}` of line {} is still open here: close it with `{closing}`", start.line);
    problem.maybe_hint(is_later.then(hint))
}

/// True if nothing but blanks comes from a place on, or the end of the document.
fn is_over(text: &str, at: Mark) -> bool {
    let lines = text.lines().skip(at.line as usize - 1);
    let rest = lines.enumerate().map(|(i, line)| {
        let skip = if i == 0 { at.column as usize - 1 } else { 0 };
        line.chars().skip(skip).collect::<String>()
    });
    rest.take_while(|line| !["...", "---"].contains(&line.trim_end())).all(|line| line.trim().is_empty())
}

/// True if the braces of an interpolation stand at a place.
fn is_filled_in(text: &str, at: Mark) -> bool {
    let line = text.lines().nth(at.line as usize - 1).unwrap_or_default();
    let before: Vec<char> = line.chars().take(at.column as usize).collect();
    before.ends_with(&['$', '{'])
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
