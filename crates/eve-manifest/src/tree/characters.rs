//! Characters that a manifest may not contain.

use std::borrow::Cow;

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

/// True for characters that stand nowhere in a manifest.
pub(super) fn is_forbidden(c: char) -> bool {
    is_invisible(c) || (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}'))
}

/// Reports every forbidden character, and answers the text without them: what else is wrong can be said then, too.
pub(super) fn without_forbidden<'t>(text: &'t str, report: &mut Report) -> Cow<'t, str> {
    let suspect = |byte: u8| !byte.is_ascii() || (byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t'));
    if !text.bytes().any(suspect) {
        return Cow::Borrowed(text);
    }
    let mut mark = Mark::default();
    let mut found = false;
    for c in text.chars() {
        if is_forbidden(c) {
            found = true;
            let span = Span::new(mark, mark).part(0, 1);
            let note = Note::error(codes::CHARSET, span, format!("the character U+{:04X} is not allowed", c as u32));
            report.add(note.hint("remove it; it may be invisible in your editor"));
        }
        if c == '\n' {
            mark = Mark { line: mark.line + 1, column: 1 };
        } else {
            mark.column += 1;
        }
    }
    if found { Cow::Owned(text.chars().filter(|c| !is_forbidden(*c)).collect()) } else { Cow::Borrowed(text) }
}
