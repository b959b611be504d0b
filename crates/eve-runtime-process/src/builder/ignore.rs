//! What a snapshot leaves out.

use std::path::{Path, PathBuf};

/// The lines of a `.dockerignore` that are understood, besides what is never part of a snapshot:
/// `.git` and Eve's own state, which holds secrets and changes with every run.
///
/// A line names a path, or with one `*` at its beginning or end all paths that end or begin so;
/// as there, it is matched from the context's root and covers everything below. `!` takes a path in
/// again. Other patterns are not understood, and are handed back to be told.
#[derive(Debug, Default)]
pub(super) struct Ignore {
    rules: Vec<Rule>,
    never: Vec<PathBuf>,
}

#[derive(Debug)]
struct Rule {
    leaves_out: bool,
    pattern: Pattern,
}

#[derive(Debug)]
enum Pattern {
    Path(String),
    StartsWith(String),
    EndsWith(String),
}

impl Ignore {
    /// Reads a `.dockerignore`, and hands back the patterns that are not understood.
    pub(super) fn parse(text: &str) -> (Self, Vec<String>) {
        let (mut rules, mut unknown) = (Vec::new(), Vec::new());
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (leaves_out, rest) = line.strip_prefix('!').map_or((true, line), |rest| (false, rest));
            let rest = rest.trim_start_matches("./").trim_matches('/');
            match Pattern::parse(rest) {
                Some(pattern) => rules.push(Rule { leaves_out, pattern }),
                None => unknown.push(line.to_owned()),
            }
        }
        (Self { rules, never: Vec::new() }, unknown)
    }

    /// Leaves paths below the context out, whatever the lines say.
    pub(super) fn with_never(mut self, paths: impl IntoIterator<Item = PathBuf>) -> Self {
        self.never.extend(paths.into_iter().filter(|path| !path.as_os_str().is_empty()));
        self
    }

    /// True if a path below the context is left out. The last rule that matches decides.
    pub(super) fn leaves_out(&self, path: &Path) -> bool {
        if self.is_never_part(path) {
            return true;
        }
        let text = path.to_string_lossy();
        self.rules.iter().rev().find(|rule| rule.pattern.matches(&text)).is_some_and(|rule| rule.leaves_out)
    }

    /// True if something below a path that is left out may be taken in again.
    pub(super) fn may_take_in_below(&self, path: &Path) -> bool {
        if self.is_never_part(path) {
            return false;
        }
        let text = format!("{}/", path.to_string_lossy());
        self.rules.iter().filter(|rule| !rule.leaves_out).any(|rule| match &rule.pattern {
            Pattern::Path(inside) | Pattern::StartsWith(inside) => inside.starts_with(&text),
            Pattern::EndsWith(_) => true,
        })
    }

    fn is_never_part(&self, path: &Path) -> bool {
        let named = |at: &Path| at.ends_with(".git") || at.ends_with(".eve/state");
        path.ancestors().any(named) || self.never.iter().any(|never| path.starts_with(never))
    }
}

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        let plain = |text: &str| !text.is_empty() && !text.contains(['*', '?', '[', '\\']);
        if plain(text) {
            return Some(Self::Path(text.to_owned()));
        }
        if let Some(start) = text.strip_suffix('*').filter(|start| plain(start)) {
            return Some(Self::StartsWith(start.to_owned()));
        }
        text.strip_prefix('*').filter(|end| plain(end)).map(|end| Self::EndsWith(end.to_owned()))
    }

    /// A star stands for any characters but `/`, as in the original.
    fn matches(&self, path: &str) -> bool {
        let parents = std::iter::successors(Some(path), |at| at.rfind('/').map(|slash| &at[..slash]));
        parents.into_iter().any(|at| match self {
            Self::Path(exact) => at == exact,
            Self::StartsWith(start) => at.strip_prefix(start.as_str()).is_some_and(|rest| !rest.contains('/')),
            Self::EndsWith(end) => at.strip_suffix(end.as_str()).is_some_and(|rest| !rest.contains('/')),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(rules: &str, path: &str) -> bool {
        Ignore::parse(rules).0.leaves_out(Path::new(path))
    }

    #[test]
    fn a_path_covers_what_is_below_it() {
        assert!(left_out("target", "target/debug/x"));
        assert!(left_out("/target/", "target"));
        assert!(!left_out("target", "src/target"));
        assert!(!left_out("target", "targets"));
    }

    #[test]
    fn one_star_stands_at_the_beginning_or_the_end() {
        assert!(left_out("*.log", "x.log"));
        assert!(!left_out("*.log", "a/x.log"));
        assert!(left_out("tmp*", "tmp-1/x"));
    }

    #[test]
    fn the_last_rule_that_matches_decides() {
        let rules = "*.md\n!README.md\n# a comment\n";
        assert!(left_out(rules, "NOTES.md"));
        assert!(!left_out(rules, "README.md"));
    }

    #[test]
    fn the_history_is_never_part_of_a_snapshot() {
        assert!(left_out("", ".git"));
        assert!(left_out("!.git", "sub/.git"));
        let ignore = Ignore::parse("!*.md\n!.git/config\n").0;
        assert!(!ignore.may_take_in_below(Path::new(".git")));
        assert!(ignore.leaves_out(Path::new(".git/config")));
    }

    #[test]
    fn the_state_is_never_part_of_a_snapshot() {
        assert!(left_out("!.eve/state", ".eve/state/secrets/system.env"));
        assert!(!left_out("", ".eve/manifest.yaml"));
        let ignore = Ignore::default().with_never([PathBuf::from("elsewhere")]);
        assert!(ignore.leaves_out(Path::new("elsewhere/journal.db")));
        assert!(!ignore.leaves_out(Path::new("elsewhere-too")));
    }

    #[test]
    fn what_is_not_understood_is_handed_back() {
        let (_, unknown) = Ignore::parse("a*b\n**/x\nok\n");
        assert_eq!(unknown, ["a*b", "**/x"]);
    }
}
