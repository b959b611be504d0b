//! What a `.dockerignore` leaves out of a build. Pure.

use std::path::{Component, Path, PathBuf};

/// What a build leaves out, by the lines of a `.dockerignore`.
///
/// As in the original, a pattern is matched from the context's root (`*`, `?`, `[…]` within a name, `**`
/// for any number of folders), one that fits a folder covers everything below, `!` takes a path in
/// again, and the last one that fits decides. `.git` and Eve's own state, which holds secrets and
/// changes with every run, are left out whatever it says.
#[derive(Debug, Clone, Default)]
pub struct Ignore {
    rules: Vec<Rule>,
    never: Vec<PathBuf>,
}

#[derive(Debug, Clone)]
struct Rule {
    leaves_out: bool,
    parts: Vec<String>,
}

impl Ignore {
    /// Reads the lines.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let rules = lines.map(|line| {
            let (leaves_out, rest) = line.strip_prefix('!').map_or((true, line), |rest| (false, rest.trim()));
            let parts = rest.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned);
            Rule { leaves_out, parts: parts.collect() }
        });
        Self { rules: rules.filter(|rule| !rule.parts.is_empty()).collect(), never: Vec::new() }
    }

    /// Leaves paths below the context out, whatever the lines say.
    pub fn with_never(mut self, paths: impl IntoIterator<Item = PathBuf>) -> Self {
        self.never.extend(paths.into_iter().filter(|path| !path.as_os_str().is_empty()));
        self
    }

    /// True if a path below the context is left out.
    pub fn leaves_out(&self, path: &Path) -> bool {
        if self.is_never_part(path) {
            return true;
        }
        let parts: Vec<_> = path.components().filter_map(text).collect();
        self.rules.iter().rev().find(|rule| rule.fits(&parts)).is_some_and(|rule| rule.leaves_out)
    }

    /// True if something below a folder that is left out may be taken in again.
    pub fn may_take_in_below(&self, path: &Path) -> bool {
        !self.is_never_part(path) && self.rules.iter().any(|rule| !rule.leaves_out)
    }

    fn is_never_part(&self, path: &Path) -> bool {
        let named = |at: &Path| at.ends_with(".git") || at.ends_with(".eve/state");
        path.ancestors().any(named) || self.never.iter().any(|never| path.starts_with(never))
    }
}

impl Rule {
    /// True if the pattern fits a path or one of the folders above it.
    fn fits(&self, parts: &[&str]) -> bool {
        (1..=parts.len()).any(|end| fits(&self.parts, &parts[..end]))
    }
}

/// True if a pattern's parts fit a path's, `**` standing for any number of them.
fn fits(pattern: &[String], parts: &[&str]) -> bool {
    match (pattern.split_first(), parts.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "**" => {
            fits(rest, parts) || parts.split_first().is_some_and(|(_, below)| fits(pattern, below))
        }
        (Some((first, rest)), Some((part, below))) => fits_part(first.as_bytes(), part.as_bytes()) && fits(rest, below),
        _ => false,
    }
}

/// True if one part fits: `*` stands for any characters, `?` for one, `[…]` for one of some.
fn fits_part(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|skip| fits_part(rest, &text[skip..])),
        [b'?', rest @ ..] => !text.is_empty() && fits_part(rest, &text[1..]),
        [b'\\', escaped, rest @ ..] => text.first() == Some(escaped) && fits_part(rest, &text[1..]),
        [b'[', rest @ ..] => {
            let Some(end) = rest.iter().position(|b| *b == b']') else { return false };
            text.first().is_some_and(|b| one_of(&rest[..end], *b)) && fits_part(&rest[end + 1..], &text[1..])
        }
        [first, rest @ ..] => text.first() == Some(first) && fits_part(rest, &text[1..]),
    }
}

/// True if a byte is one of a set such as `a-z_`, or none of `^a-z_`.
fn one_of(set: &[u8], byte: u8) -> bool {
    let (set, wanted) = set.strip_prefix(b"^").map_or((set, true), |rest| (rest, false));
    let mut found = false;
    let mut rest = set;
    while let [first, more @ ..] = rest {
        if let [b'-', last, after @ ..] = more {
            found |= (*first..=*last).contains(&byte);
            rest = after;
        } else {
            found |= *first == byte;
            rest = more;
        }
    }
    found == wanted
}

fn text(part: Component<'_>) -> Option<&str> {
    match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(rules: &str, path: &str) -> bool {
        Ignore::parse(rules).leaves_out(Path::new(path))
    }

    #[test]
    fn patterns_fit_as_in_the_original() {
        for (rule, path, expected) in [
            ("target", "target/debug/x", true),
            ("/target/", "target", true),
            ("target", "src/target", false),
            ("*.log", "x.log", true),
            ("*.log", "a/x.log", false),
            ("**/*.log", "a/b/x.log", true),
            ("**/*.log", "x.log", true),
            ("a/**/z", "a/z", true),
            ("a/**/z", "a/b/c/z", true),
            ("a?c", "abc", true),
            ("a[0-9]c", "a5c", true),
            ("a[^0-9]c", "a5c", false),
            ("a\\*c", "a*c", true),
            ("a\\*c", "abc", false),
            ("a[", "a[", false),
        ] {
            assert_eq!(left_out(rule, path), expected, "{rule} {path}");
        }
    }

    #[test]
    fn the_last_rule_that_fits_decides() {
        let rules = "*.md\n!README.md\n# a comment\n";
        assert!(left_out(rules, "NOTES.md"));
        assert!(!left_out(rules, "README.md"));
    }

    #[test]
    fn history_and_state_are_never_part_of_an_image() {
        assert!(left_out("!.git", ".git/config"));
        assert!(left_out("!.eve/state", ".eve/state/secrets/system.env"));
        assert!(!left_out("", ".eve/manifest.yaml"));
        let ignore = Ignore::parse("!*.md\n!elsewhere").with_never([PathBuf::from("elsewhere")]);
        assert!(ignore.leaves_out(Path::new("elsewhere/journal.db")));
        assert!(!ignore.leaves_out(Path::new("elsewhere-too")));
        assert!(!ignore.may_take_in_below(Path::new(".git")) && ignore.may_take_in_below(Path::new("docs")));
    }
}
