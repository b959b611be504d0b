//! The text of an env file.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

use eve_core::{Secret, SecretName};
use zeroize::Zeroizing;

/// The text of an env file: `KEY=value` lines, comments and blank lines, in their order.
///
/// | written | means |
/// |---|---|
/// | `KEY=value` | the value as it stands, which has no white space and begins with no quote |
/// | `KEY='value'` | what is between the quotes, on one line |
/// | `KEY="value"` | the same with `\n`, `\r`, `\t`, `\\`, `\"`, `\$` and `\u{…}` replaced |
/// | `# …` | a comment, which is kept |
///
/// Nothing is ever interpolated. What is written here puts double quotes around all but plain
/// words, and `\$` for `$`, so that tools which interpolate read the same value.
pub(super) struct EnvFile(Vec<Line>);

enum Line {
    Other(Zeroizing<String>),
    Pair(SecretName, Secret),
}

/// Why a line cannot be read. It never holds the line's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed {
    /// The line, from 1.
    pub(super) line: usize,
    /// What would be right.
    pub(super) rule: &'static str,
}

impl EnvFile {
    /// A file without lines.
    pub(super) fn empty() -> Self {
        Self(Vec::new())
    }

    /// Reads a file's text.
    pub(super) fn parse(text: &str) -> Result<Self, Malformed> {
        let mut file = Self::empty();
        for (index, line) in text.split_terminator('\n').enumerate() {
            let malformed = |rule| Malformed { line: index + 1, rule };
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                file.0.push(Line::Other(Zeroizing::new(line.to_owned())));
                continue;
            }
            let (name, value) = line.split_once('=').ok_or_else(|| malformed("write KEY=value"))?;
            let name = SecretName::new(name).map_err(|_| malformed(SecretName::RULE))?;
            if file.find(&name).is_some() {
                return Err(malformed("write each key once"));
            }
            file.0.push(Line::Pair(name, Secret::from(unquote(value).map_err(malformed)?)));
        }
        Ok(file)
    }

    /// The file's text.
    pub(super) fn render(&self) -> Zeroizing<String> {
        // Grown ahead, so that no smaller copy is left behind in memory.
        let size: usize = self.0.iter().map(Line::most).sum();
        let mut text = Zeroizing::new(String::with_capacity(size));
        for line in &self.0 {
            match line {
                Line::Other(line) => text.push_str(line),
                Line::Pair(name, secret) => {
                    text.push_str(name.as_str());
                    text.push('=');
                    quote(secret.expose(), &mut text);
                }
            }
            text.push('\n');
        }
        text
    }

    /// True if there is no line.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A key's value.
    pub(super) fn find(&self, name: &SecretName) -> Option<&Secret> {
        self.pairs().find(|(key, _)| *key == name).map(|(_, secret)| secret)
    }

    /// Keys and values in their order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&SecretName, &Secret)> {
        self.0.iter().filter_map(|line| match line {
            Line::Pair(name, secret) => Some((name, secret)),
            Line::Other(_) => None,
        })
    }

    /// Sets a key, in its place if it has one.
    pub(super) fn set(&mut self, name: &SecretName, secret: Secret) {
        let place = self.0.iter_mut().find_map(|line| match line {
            Line::Pair(key, value) if key == name => Some(value),
            _ => None,
        });
        match place {
            Some(value) => *value = secret,
            None => self.0.push(Line::Pair(name.clone(), secret)),
        }
    }

    /// Removes a key. True if it was there.
    pub(super) fn remove(&mut self, name: &SecretName) -> bool {
        let before = self.0.len();
        self.0.retain(|line| !matches!(line, Line::Pair(key, _) if key == name));
        self.0.len() < before
    }
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.pairs().map(|(name, _)| name)).finish()
    }
}

impl Line {
    /// Its length in bytes at most: no character is written as more than ten bytes of one of its own.
    fn most(&self) -> usize {
        match self {
            Self::Other(line) => line.len() + 1,
            Self::Pair(name, secret) => name.as_str().len() + 10 * secret.expose().len() + 4,
        }
    }
}

fn quote(value: &str, text: &mut String) {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_./:@%+,-".contains(&b);
    if !value.is_empty() && value.bytes().all(is_plain) {
        text.push_str(value);
        return;
    }
    text.push('"');
    for char in value.chars() {
        match char {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\\' | '"' | '$' => text.extend(['\\', char]),
            _ if char.is_control() => text.extend(char.escape_unicode()),
            _ => text.push(char),
        }
    }
    text.push('"');
}

fn unquote(value: &str) -> Result<String, &'static str> {
    let mut chars = value.chars().peekable();
    match chars.next() {
        Some('"') => double_quoted(chars, value.len()),
        Some('\'') => single_quoted(&value[1..]),
        _ if value.contains(char::is_whitespace) => Err("put a value with white space into quotes"),
        _ => Ok(value.to_owned()),
    }
}

fn single_quoted(rest: &str) -> Result<String, &'static str> {
    match rest.trim_end().strip_suffix('\'') {
        Some(inner) if !inner.contains('\'') => Ok(inner.to_owned()),
        _ => Err("end a value in single quotes with one, and have none within"),
    }
}

fn double_quoted(mut chars: Peekable<Chars<'_>>, size: usize) -> Result<String, &'static str> {
    const ESCAPES: &str = "after \\ write one of n, r, t, \\, \", $ or u{…}";
    let mut value = String::with_capacity(size);
    loop {
        match chars.next().ok_or("end a value in double quotes with one")? {
            '"' => break,
            '\\' => value.push(match chars.next().ok_or(ESCAPES)? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                same @ ('\\' | '"' | '$') => same,
                'u' => scalar(&mut chars).ok_or(ESCAPES)?,
                _ => return Err(ESCAPES),
            }),
            char => value.push(char),
        }
    }
    if chars.all(char::is_whitespace) { Ok(value) } else { Err("write nothing after the closing quote") }
}

/// The character of `{…}`.
fn scalar(chars: &mut Peekable<Chars<'_>>) -> Option<char> {
    chars.next_if_eq(&'{')?;
    let mut number = 0_u32;
    while let Some(digit) = chars.peek().and_then(|char| char.to_digit(16)) {
        number = number.checked_mul(16)?.checked_add(digit)?;
        chars.next();
    }
    chars.next_if_eq(&'}')?;
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> SecretName {
        SecretName::new(text).unwrap()
    }

    fn value(text: &str) -> Result<String, Malformed> {
        EnvFile::parse(text).map(|file| file.find(&name("KEY")).unwrap().expose().to_owned())
    }

    #[test]
    fn every_value_survives_its_text_form() {
        let pem = "-----BEGIN KEY-----\nab+/=\n-----END KEY-----\n";
        let all: String = (0..0x250).filter_map(char::from_u32).chain("\u{2028}\u{feff}𝕏".chars()).collect();
        for text in ["", "plain", " ", "a b", pem, "\r\n", "\"", "'", "\\", "\\n", "#", "$HOME ${X}", "ключ", &all]
        {
            let mut file = EnvFile::empty();
            file.set(&name("KEY"), Secret::new(text));
            file.set(&name("NEXT"), Secret::new("x"));
            let rendered = file.render();
            assert_eq!(rendered.matches('\n').count(), 2, "one line each: {text:?}");
            assert!(rendered.capacity() <= file.0.iter().map(Line::most).sum(), "it did not grow: {text:?}");
            assert_eq!(value(&rendered).unwrap(), text);
        }
    }

    #[test]
    fn what_a_person_writes_is_read_as_it_stands() {
        for (text, want) in [
            ("KEY=", ""),
            ("KEY=a=b#c$d\\n", "a=b#c$d\\n"),
            ("KEY='a \\n $b'", "a \\n $b"),
            ("KEY=\"a \\u{41} \\$b\" \r\n", "a A $b"),
            ("# first\n\nKEY=x\nOTHER=y\n", "x"),
        ] {
            assert_eq!(value(text).unwrap(), want, "{text:?}");
        }
    }

    #[test]
    fn a_malformed_line_is_named_by_its_number_only() {
        for bad in [
            "hunter2",
            "KEY=a hunter2",
            "KEY=\"hunter2",
            "KEY='hunter2",
            "KEY=\"\\hunter2\"",
            "KEY=\"\" hunter2",
            "KEY =hunter2",
            "=hunter2",
            "KEY=\"\\u{d800}hunter2\"",
            "KEY=\"\\u41hunter2\"",
            "X=1\nX=hunter2",
        ] {
            let error = EnvFile::parse(&format!("A=1\n{bad}")).unwrap_err();
            assert!(error.line >= 2, "{bad:?}");
            assert!(!format!("{error:?}").contains("hunter2"), "{bad:?}");
        }
    }

    #[test]
    fn comments_and_order_are_kept() {
        let mut file = EnvFile::parse("# why\nB=1\n\nA=2\n").unwrap();
        file.set(&name("B"), Secret::new("3"));
        file.set(&name("C"), Secret::new("4 $B"));
        assert!(file.remove(&name("A")));
        assert!(!file.remove(&name("A")));
        assert_eq!(*file.render(), "# why\nB=3\n\nC=\"4 \\$B\"\n");
    }
}
