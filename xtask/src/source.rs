//! The lines of a Rust file that hold code.

/// How many lines hold code: no blank lines, no comments, no modules under `#[cfg(test)]`.
pub(crate) fn code_lines(source: &str) -> usize {
    let mut text = mask(source);
    blank_test_modules(&mut text);
    text.split(|c| *c == '\n').filter(|line| line.iter().any(|c| !c.is_whitespace())).count()
}

/// The source with comments made blank and the inside of literals made harmless, line for line.
pub(crate) fn mask(source: &str) -> Vec<char> {
    let mut text: Vec<char> = source.chars().collect();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let (length, with) = match rest {
            ['/', '/', ..] => (until_newline(rest), ' '),
            ['/', '*', ..] => (block_comment(rest), ' '),
            ['"', ..] => (quoted(rest, '"'), 's'),
            ['\'', '\\', ..] | ['\'', _, '\'', ..] => (quoted(rest, '\''), 's'),
            ['r', ..] if !continues_word(&text, at) => (raw_string(rest), 's'),
            _ => (0, ' '),
        };
        for c in &mut text[at..at + length] {
            if *c != '\n' {
                *c = with;
            }
        }
        at += length.max(1);
    }
    text
}

fn until_newline(rest: &[char]) -> usize {
    rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(rest: &[char], end: char) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            c if c == end => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a raw string, 0 if there is none.
fn raw_string(rest: &[char]) -> usize {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let start = hashes + 2;
    rest[start..].windows(end.len()).position(|part| part == end).map_or(rest.len(), |at| start + at + end.len())
}

/// True for the `r` of `for`, false for the one of `br"…"`.
fn continues_word(text: &[char], at: usize) -> bool {
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let before = at.checked_sub(1).and_then(|at| text.get(at));
    if matches!(before, Some('b' | 'c')) {
        return word(at.checked_sub(2).and_then(|at| text.get(at)));
    }
    word(before)
}

fn blank_test_modules(text: &mut [char]) {
    let attribute: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut at = 0;
    while let Some(found) = text[at..].windows(attribute.len()).position(|part| part == attribute) {
        let start = at + found;
        at = start + attribute.len();
        if let Some(length) = module(&text[at..]) {
            for c in &mut text[start..at + length] {
                if *c != '\n' {
                    *c = ' ';
                }
            }
            at += length;
        }
    }
}

/// The length of the module that follows, `None` if something else does.
fn module(rest: &[char]) -> Option<usize> {
    let opening = rest.iter().position(|c| matches!(c, '{' | ';'))?;
    let head: String = rest[..opening].iter().collect();
    if !head.split_whitespace().any(|word| word == "mod") {
        return None;
    }
    if rest[opening] == ';' {
        return Some(opening + 1);
    }
    let mut depth = 0_usize;
    for (at, c) in rest.iter().enumerate().skip(opening) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    Some(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_comments_do_not_count() {
        let source = "//! Docs.\n\n/* one\n /* two */\n*/ fn a() {} // three\n/// Docs.\nfn b() {\n}\n";
        assert_eq!(code_lines(source), 3);
    }

    #[test]
    fn comment_marks_inside_literals_are_no_comments() {
        let source = "let a = \"/*\";\nlet b = '\"';\nlet c = r#\"//\"\n\"#;\nlet d: &'a str = \"\\\"//\";\nlet e = b'\\'';\nlet r#for = 1;\n";
        assert_eq!(code_lines(source), 7);
    }

    #[test]
    fn test_modules_do_not_count_and_other_test_items_do() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn x() { let _ = \"}\"; }\n}\nfn b() {}\n#[cfg(test)]\nmod more;\n#[cfg(test)]\nfn c() {}\n";
        assert_eq!(code_lines(source), 4);
    }

    #[test]
    fn an_unbalanced_file_is_counted_without_a_panic() {
        for source in ["/* open", "\"open", "r#\"open", "#[cfg(test)]\nmod t {", "'", "r", "\\", "\"\\"] {
            code_lines(source);
        }
    }
}
