//! The text that is read, and its lines.

use std::sync::Arc;

use crate::codes;
use crate::problem::{Note, Problems, Report};
use crate::tree::{Mark, Span};

/// A manifest's text and the name by which problems and origins speak of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// The file's name, as the reader knows it.
    pub file: &'a str,
    /// Everything in it.
    pub text: &'a str,
}

impl<'a> Text<'a> {
    /// The text that bytes are.
    ///
    /// # Errors
    /// The place of the first byte that is none of a text in UTF-8.
    pub fn of_bytes(file: &'a str, bytes: &'a [u8]) -> Result<Self, Problems> {
        let error = match std::str::from_utf8(bytes) {
            Ok(text) => return Ok(Self { file, text }),
            Err(error) => error,
        };
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let number = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
        let mark = Mark { line: number(before.matches('\n').count()), column: number(before[line..].chars().count()) };
        // All that is shown of it is that line.
        let rest = bytes[line..].split(|byte| *byte == b'\n').next().unwrap_or_default();
        let shown = "\n".repeat(mark.line as usize - 1) + &String::from_utf8_lossy(rest);
        let mut report = Report::new(Arc::new(Source::new(Text { file, text: &shown })), 1);
        let note =
            Note::error(codes::CHARSET, Span::new(mark, mark).part(0, 1), "this byte is none of a text in UTF-8");
        report.add(note.hint("save the file as UTF-8"));
        Err(report.finish().expect_err("an error was just reported"))
    }
}

/// A text that is kept for as long as somebody may ask for one of its lines.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) file: String,
    pub(crate) text: String,
    starts: Vec<usize>,
}

impl Source {
    pub(crate) fn new(text: Text<'_>) -> Self {
        let content = text.text.strip_prefix('\u{feff}').unwrap_or(text.text);
        let starts = std::iter::once(0).chain(content.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file: text.file.to_owned(), text: content.to_owned(), starts }
    }

    /// A line without its end, counted from 1. Empty if there is no such line.
    pub(crate) fn line(&self, line: u32) -> &str {
        let at = (line as usize).saturating_sub(1);
        let Some(&start) = self.starts.get(at) else { return "" };
        let end = self.starts.get(at + 1).copied().unwrap_or(self.text.len());
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_have_a_place() {
        let problems = Text::of_bytes("f", b"a: 1\nb: \xff\nc: 2\n").unwrap_err();
        let problem = problems.first();
        assert_eq!((&problem.code, problem.line, problem.column), (&codes::CHARSET, 2, 4));
        assert!(problem.to_string().contains("2 | b: \u{fffd}"), "{problem}");
        assert!(Text::of_bytes("f", "ä".as_bytes()).is_ok());
    }

    #[test]
    fn lines_are_found_by_number() {
        let source = Source::new(Text { file: "f", text: "\u{feff}a\r\nbc\n\nd" });
        let lines: Vec<_> = (0..=5).map(|n| source.line(n)).collect();
        assert_eq!(lines, ["a", "a", "bc", "", "d", ""]);
    }
}
