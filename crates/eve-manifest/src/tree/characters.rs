//! Characters that a manifest may not contain.

use super::{Mark, Span};
use crate::codes;
use crate::problem::{Note, Report};

/// True for characters that nobody sees and that make a text read differently from what it says:
/// controls of direction, and characters without width.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}' | '\u{061c}' | '\u{00ad}')
}

/// Reports every forbidden character.
pub(super) fn check(text: &str, report: &mut Report) {
    let suspect = |c: char| !c.is_ascii() || c.is_ascii_control();
    if !text.contains(suspect) {
        return;
    }
    let mut mark = Mark::default();
    for c in text.chars() {
        let control = c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}');
        if control || is_invisible(c) {
            let span = Span::new(mark, mark).part(0, 1);
            let note = Note::error(codes::CHARACTER, span, format!("the character U+{:04X} is not allowed", c as u32));
            report.add(note.hint("remove it; it may be invisible in your editor"));
        }
        if c == '\n' {
            mark = Mark { line: mark.line + 1, column: 1 };
        } else {
            mark.column += 1;
        }
    }
}
