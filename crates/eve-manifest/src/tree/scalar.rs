//! Single values and what they are in YAML's core schema.

use saphyr_parser::ScalarStyle;

use super::Span;

/// A single value as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// True if its type follows from its text; false if it is quoted, and so text.
    plain: bool,
    /// How many characters stand before the text itself, where the text is on one line and without
    /// escapes, so that a part of it has a place of its own.
    lead: Option<u8>,
}

/// What a single value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Integer(i64),
    Float,
    Text,
}

impl Scalar {
    pub(super) fn new(text: &str, style: ScalarStyle, text_by_tag: bool, span: Span) -> Self {
        let quotes = match style {
            ScalarStyle::Plain => Some(0),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Some(1_u8),
            ScalarStyle::Literal | ScalarStyle::Folded => None,
        };
        let width = span.end.column.saturating_sub(span.start.column) as usize;
        let whole = |lead: &u8| span.start.line == span.end.line && width == text.chars().count() + 2 * *lead as usize;
        let lead = quotes.filter(whole);
        // A copy, since the parser leaves its own room to grow, which is more than most texts need.
        let text = text.to_owned();
        Self { lead, plain: style == ScalarStyle::Plain && !text_by_tag, text }
    }

    /// A text that was put together. Its type follows from the text, but nothing is still a text.
    pub(crate) fn filled(text: String) -> Self {
        let scalar = Self { text, plain: true, lead: None };
        if scalar.kind() == Kind::Null { Self { plain: false, ..scalar } } else { scalar }
    }

    /// What it is. Only `true` and `false` are booleans, and only decimal digits are numbers:
    /// `no`, `0o17` and `22:22` are text.
    pub(crate) fn kind(&self) -> Kind {
        if !self.plain {
            return Kind::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
            "true" | "True" | "TRUE" => Kind::Bool(true),
            "false" | "False" | "FALSE" => Kind::Bool(false),
            text => number(text),
        }
    }

    /// True if its text stands on one line as it is, so that every part of it has a place.
    pub(crate) fn is_in_one_piece(&self) -> bool {
        self.lead.is_some()
    }

    /// The place of a part of the text, or the whole place where the part has none of its own.
    pub(crate) fn part(&self, span: Span, skip: usize, length: usize) -> Span {
        self.lead.map_or(span, |lead| span.part(lead as usize + skip, length))
    }
}

fn number(text: &str) -> Kind {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Kind::Text;
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().map_or(Kind::Float, Kind::Integer);
    }
    let allowed = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-');
    if digits.bytes().all(allowed) && text.parse::<f64>().is_ok() { Kind::Float } else { Kind::Text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Kind {
        Scalar::new(text, ScalarStyle::Plain, false, Span::default()).kind()
    }

    #[test]
    fn only_the_core_schema_makes_types() {
        for text in ["no", "yes", "on", "0o17", "0x1f", "22:22", "1.2.3", "1_000", "-", ".", "inf"] {
            assert_eq!(kind(text), Kind::Text, "{text}");
        }
        assert_eq!(kind("8080"), Kind::Integer(8080));
        assert_eq!(kind("-1"), Kind::Integer(-1));
        assert_eq!(kind("99999999999999999999"), Kind::Float);
        assert_eq!(kind("1e3"), Kind::Float);
        assert_eq!(kind("true"), Kind::Bool(true));
        assert_eq!(kind(""), Kind::Null);
    }

    #[test]
    fn what_was_put_together_has_a_type_and_is_never_nothing() {
        let kind = |text: &str| Scalar::filled(text.to_owned()).kind();
        assert_eq!((kind("80"), kind("true")), (Kind::Integer(80), Kind::Bool(true)));
        assert_eq!((kind(""), kind("null")), (Kind::Text, Kind::Text));
    }

    #[test]
    fn what_is_quoted_is_text() {
        let quoted = Scalar::new("8080", ScalarStyle::DoubleQuoted, false, Span::default());
        assert_eq!(quoted.kind(), Kind::Text);
    }
}
