//! Splitting a command line into words, without a shell.

/// Why a command line cannot be split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unsplittable {
    /// It asks for something that only a shell does.
    NeedsShell(String),
    /// A quote or interpolation is not closed, or a backslash stands at the end.
    Unclosed,
}

/// Splits `text` at blanks. Quotes keep blanks, a backslash keeps the next character, and
/// `${…}` stays in one piece.
pub(crate) fn split(text: &str) -> Result<Vec<String>, Unsplittable> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut rest = text.trim_end().chars().peekable();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '$') => {
                let piece = word.get_or_insert_default();
                piece.push('$');
                match rest.peek() {
                    Some('(') => return Err(Unsplittable::NeedsShell("$(".to_owned())),
                    Some('$') => piece.extend(rest.next()),
                    Some('{') => reference(&mut rest, piece)?,
                    _ => {}
                }
            }
            (_, '`') => return Err(Unsplittable::NeedsShell("`".to_owned())),
            (Some(_), '\\') => match rest.next() {
                // What follows keeps a dollar as it is where it is written twice.
                Some('$') => word.get_or_insert_default().push_str("$$"),
                Some(c @ ('"' | '\\' | '`')) => word.get_or_insert_default().push(c),
                Some(c) => word.get_or_insert_default().extend(['\\', c]),
                None => return Err(Unsplittable::Unclosed),
            },
            (None, '\\') => match rest.next().ok_or(Unsplittable::Unclosed)? {
                '$' => word.get_or_insert_default().push_str("$$"),
                c => word.get_or_insert_default().push(c),
            },
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\n') => return Err(Unsplittable::NeedsShell("a second line".to_owned())),
            (None, '|' | '&' | ';' | '<' | '>' | '(' | ')') => return Err(Unsplittable::NeedsShell(c.to_string())),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err(Unsplittable::Unclosed);
    }
    words.extend(word);
    Ok(words)
}

/// Takes `{…}`, whatever stands in it.
fn reference(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, piece: &mut String) -> Result<(), Unsplittable> {
    let mut depth = 0_usize;
    for c in rest {
        piece.push(c);
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return Ok(()),
            '}' => depth -= 1,
            _ => {}
        }
    }
    Err(Unsplittable::Unclosed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_keep_words_together() {
        for (text, words) in [
            ("serve --port 80", &["serve", "--port", "80"] as &[&str]),
            ("  a   b  ", &["a", "b"]),
            ("say 'a  b' \"c d\"e", &["say", "a  b", "c de"]),
            (r#"a\ b "x\"y" '\n'"#, &["a b", "x\"y", "\\n"]),
            ("echo ''", &["echo", ""]),
            ("x ${A:-b c}d", &["x", "${A:-b c}d"]),
            ("p $HOME $$x", &["p", "$HOME", "$$x"]),
            ("awk '{ print $1; }'", &["awk", "{ print $1; }"]),
            ("", &[]),
        ] {
            assert_eq!(split(text).unwrap(), words, "{text}");
        }
    }

    #[test]
    fn what_only_a_shell_does_is_refused() {
        for text in ["a | b", "a && b", "a; b", "a > f", "a < f", "$(x)", "\"$(x)\"", "`x`", "(a)", "a\nb"] {
            assert!(matches!(split(text), Err(Unsplittable::NeedsShell(_))), "{text}");
        }
    }

    #[test]
    fn what_is_not_closed_is_refused() {
        for text in ["'a", "\"a", "a\\", "${A"] {
            assert_eq!(split(text), Err(Unsplittable::Unclosed), "{text}");
        }
    }
}
