//! The last line of a program's JSON output: one flat object of strings and integers.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use crate::failure::{Failure, Result};

/// A value of a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
}

/// A flat JSON object. Anything nested, fractional, repeated or trailing is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Summary(BTreeMap<String, Value>);

impl Summary {
    pub(crate) fn parse(line: &str) -> Result<Self> {
        let mut reader = Reader { rest: line.chars().peekable() };
        reader.object().map(Self).map_err(|what| Failure::new(format!("not a summary ({what}): {line}")))
    }

    pub(crate) fn text(&self, key: &str) -> Result<&str> {
        match self.0.get(key) {
            Some(Value::Text(text)) => Ok(text),
            other => Err(Failure::new(format!("`{key}` must be text, found {other:?}"))),
        }
    }

    pub(crate) fn integer(&self, key: &str) -> Result<i64> {
        match self.0.get(key) {
            Some(Value::Integer(number)) => Ok(*number),
            other => Err(Failure::new(format!("`{key}` must be an integer, found {other:?}"))),
        }
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
}

type Parsed<T> = std::result::Result<T, String>;

impl Reader<'_> {
    fn object(&mut self) -> Parsed<BTreeMap<String, Value>> {
        let mut values = BTreeMap::new();
        self.expect('{')?;
        loop {
            self.space();
            let key = self.string()?;
            self.expect(':')?;
            self.space();
            let value = match self.rest.peek() {
                Some('"') => Value::Text(self.string()?),
                _ => Value::Integer(self.integer()?),
            };
            if values.insert(key.clone(), value).is_some() {
                return Err(format!("`{key}` twice"));
            }
            self.space();
            match self.rest.next() {
                Some(',') => {}
                Some('}') => break,
                other => return Err(format!("expected a comma or the end, found {other:?}")),
            }
        }
        self.space();
        self.rest.next().map_or(Ok(values), |extra| Err(format!("`{extra}` after the end")))
    }

    fn space(&mut self) {
        while self.rest.next_if(|c| matches!(c, ' ' | '\t' | '\r' | '\n')).is_some() {}
    }

    fn expect(&mut self, wanted: char) -> Parsed<()> {
        self.space();
        match self.rest.next() {
            Some(found) if found == wanted => Ok(()),
            other => Err(format!("expected `{wanted}`, found {other:?}")),
        }
    }

    fn string(&mut self) -> Parsed<String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.rest.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) if !c.is_control() => text.push(c),
                other => return Err(format!("{other:?} inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        match self.rest.next() {
            Some(c @ ('"' | '\\' | '/')) => Ok(c),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => {
                let digits: String = self.rest.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
                code.and_then(char::from_u32).ok_or_else(|| format!("escape \\u{digits}"))
            }
            other => Err(format!("escape {other:?}")),
        }
    }

    fn integer(&mut self) -> Parsed<i64> {
        let mut digits = String::new();
        while let Some(c) = self.rest.next_if(|c| !matches!(c, ',' | '}' | ' ' | '\t')) {
            digits.push(c);
        }
        let plain = digits.strip_prefix('-').unwrap_or(&digits);
        let leading_zero = plain.len() > 1 && plain.starts_with('0');
        if plain.is_empty() || leading_zero || !plain.bytes().all(|b| b.is_ascii_digit()) {
            return Err(format!("`{digits}` is no integer"));
        }
        digits.parse().map_err(|_| format!("`{digits}` is out of range"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_integers_are_read() {
        let summary = Summary::parse(r#"{"outcome":"o\u006b","lost":0, "served": 812 }"#).expect("it is well formed");
        assert_eq!(summary.text("outcome").ok(), Some("ok"));
        assert_eq!(summary.integer("lost").ok(), Some(0));
        assert_eq!(summary.integer("served").ok(), Some(812));
        assert!(summary.integer("outcome").is_err());
        assert!(summary.integer("absent").is_err());
    }

    #[test]
    fn anything_else_is_refused() {
        for line in [
            "",
            "{}",
            "{",
            r#"{"a":1.5}"#,
            r#"{"a":01}"#,
            r#"{"a":true}"#,
            r#"{"a":{}}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":1} x"#,
            r#"{"a":1,}"#,
            r#"["a"]"#,
        ] {
            assert!(Summary::parse(line).is_err(), "{line}");
        }
    }
}
