//! Keeping secrets out of lines.

use std::fmt;

use eve_core::Secret;

/// Replaces known texts by `***`. A text of several lines is known by each of them.
#[derive(Clone)]
pub(super) struct Redactor {
    /// Longest first: where one begins with another, the longer is meant.
    texts: Vec<Secret>,
}

impl Redactor {
    /// What is shorter would be found in every other word.
    const SHORTEST: usize = 4;
    const MASK: &[u8] = b"***";

    pub(super) fn new(secrets: &[Secret]) -> Self {
        let lines = secrets.iter().flat_map(|secret| secret.expose().lines());
        let mut texts: Vec<_> = lines.filter(|line| line.len() >= Self::SHORTEST).map(Secret::new).collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.expose().len()));
        Self { texts }
    }

    /// The length of the longest text.
    pub(super) fn longest(&self) -> usize {
        self.texts.first().map_or(0, |text| text.expose().len())
    }

    /// Where the first text at or after `from` stands: its start and end.
    pub(super) fn find(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        (from..bytes.len()).find_map(|start| {
            let rest = &bytes[start..];
            let text = self.texts.iter().find(|text| rest.starts_with(text.expose().as_bytes()))?;
            Some((start, start + text.expose().len()))
        })
    }

    /// The bytes with every text replaced.
    pub(super) fn redact(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut done = 0;
        if !self.texts.is_empty() {
            while let Some((start, end)) = self.find(bytes, done) {
                out.extend_from_slice(&bytes[done..start]);
                out.extend_from_slice(Self::MASK);
                done = end;
            }
        }
        out.extend_from_slice(&bytes[done..]);
        out
    }
}

/// A text about a child without its secrets.
pub(crate) fn redacted(text: &str, secrets: &[Secret]) -> String {
    String::from_utf8_lossy(&Redactor::new(secrets).redact(text.as_bytes())).into_owned()
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} texts)", self.texts.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_without(secrets: &[&str], line: &str) -> String {
        redacted(line, &secrets.iter().copied().map(Secret::new).collect::<Vec<_>>())
    }

    #[test]
    fn every_occurrence_is_replaced() {
        assert_eq!(line_without(&["hunter22"], "a hunter22hunter22 b"), "a ****** b");
    }

    #[test]
    fn the_longer_text_wins() {
        assert_eq!(line_without(&["hunter", "hunter22"], "hunter22 hunter"), "*** ***");
    }

    #[test]
    fn a_text_of_several_lines_is_known_by_each() {
        assert_eq!(line_without(&["first-line\nsecond-line"], "x second-line"), "x ***");
    }

    #[test]
    fn what_is_too_short_is_left() {
        assert_eq!(line_without(&["abc"], "abc"), "abc");
    }
}
