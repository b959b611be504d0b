//! The line of a problem, underlined.

use std::fmt;

use crate::tree::Span;

/// Longest piece of a line that is shown.
const WIDTH: usize = 160;
/// How far into a line characters are counted.
const COUNTED: usize = 10_000;

/// A piece of a source line and which part of it is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Excerpt {
    line: String,
    /// Characters before the part that is meant.
    before: usize,
    /// Characters of the part that is meant.
    length: usize,
}

impl Excerpt {
    pub(crate) fn new(line: &str, span: Span) -> Self {
        let start = (span.start.column as usize).saturating_sub(1);
        // A long line is shown from a little before the part that is meant.
        let skip = if start > WIDTH / 2 { start - WIDTH / 4 } else { 0 };
        let line: String = piece(line, skip).map(visible).collect();
        let line = line.trim_end().to_owned();
        let shown = skip + line.chars().count();
        let end = if span.end.line == span.start.line { (span.end.column as usize).saturating_sub(1) } else { shown };
        let length = end.saturating_sub(start).clamp(1, WIDTH);
        Self { line, before: start - skip, length }
    }

    pub(crate) fn render(&self, f: &mut fmt::Formatter<'_>, file: &str, line: u32, column: u32) -> fmt::Result {
        let number = line.to_string();
        let edge = " ".repeat(number.len());
        writeln!(f, "{edge}--> {file}:{line}:{column}")?;
        writeln!(f, "{edge} |")?;
        writeln!(f, "{number} | {}", self.line)?;
        write!(f, "{edge} | {}{}", " ".repeat(self.before), "^".repeat(self.length))
    }
}

/// What is shown of a line. Characters of a very long line are only counted where that is cheap.
fn piece(line: &str, skip: usize) -> std::iter::Take<std::str::Chars<'_>> {
    let rest = if line.is_ascii() {
        line.get(skip..).unwrap_or_default()
    } else if skip < COUNTED {
        line.char_indices().nth(skip).map_or("", |(at, _)| &line[at..])
    } else {
        ""
    };
    rest.chars().take(WIDTH)
}

/// A line goes to terminals: what steers one is replaced, one character by one.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() || crate::tree::is_invisible(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Mark;

    fn rendered(line: &str, start: u32, end: u32) -> String {
        struct Shown(Excerpt, u32);
        impl fmt::Display for Shown {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.render(f, "f.yaml", 12, self.1)
            }
        }
        let span = Span::new(Mark { line: 12, column: start }, Mark { line: 12, column: end });
        Shown(Excerpt::new(line, span), start).to_string()
    }

    #[test]
    fn the_part_that_is_meant_is_underlined() {
        assert_eq!(rendered("  imge: x", 3, 7), "  --> f.yaml:12:3\n   |\n12 |   imge: x\n   |   ^^^^");
    }

    #[test]
    fn a_terminal_is_not_steered_and_a_long_line_is_cut() {
        assert!(rendered("a\u{1b}[31mb", 1, 2).contains("a\u{fffd}[31mb"));
        let long = rendered(&"x".repeat(100_000), 50_000, 50_002);
        assert!(long.len() < 500, "{}", long.len());
        assert!(long.ends_with("^^"));
    }
}
