//! The text that is read, and its lines.

/// A manifest's text and the name by which problems and origins speak of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// The file's name, as the reader knows it.
    pub file: &'a str,
    /// Everything in it.
    pub text: &'a str,
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
    fn lines_are_found_by_number() {
        let source = Source::new(Text { file: "f", text: "\u{feff}a\r\nbc\n\nd" });
        let lines: Vec<_> = (0..=5).map(|n| source.line(n)).collect();
        assert_eq!(lines, ["a", "a", "bc", "", "d", ""]);
    }
}
