//! Which branches count.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::validated_text::validated_text;
use crate::{Error, Result, codes};

/// Which branches count: one by its name, or all whose name begins or ends in a way (`release/*`, `*/fix`, `*-rc`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BranchPattern(String);

impl BranchPattern {
    /// The rule that every pattern keeps, for people.
    pub const RULE: &'static str =
        "the name of a branch, with one * at its beginning, or at its end after a /, where anything may stand";

    /// Validates a pattern.
    ///
    /// # Errors
    /// `name.invalid` if it breaks [`Self::RULE`].
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let is_good = match (text.strip_prefix('*'), text.strip_suffix("/*")) {
            // Whatever stands in front of it: it is the end of a branch's name, and no whole one.
            (Some(end), _) => !end.is_empty() && is_branch(&format!("x{end}")),
            (None, Some(begin)) => is_branch(begin),
            (None, None) => is_branch(&text),
        };
        if is_good {
            return Ok(Self(text));
        }
        Err(Error::invalid(codes::NAME_INVALID, format!("{text:?} is no pattern of branches"))
            .with_hint(format!("use {}", Self::RULE)))
    }

    /// True if a branch counts.
    pub fn matches(&self, branch: &str) -> bool {
        match (self.0.strip_prefix('*'), self.0.strip_suffix('*')) {
            (Some(end), _) => branch.len() > end.len() && branch.ends_with(end),
            (None, Some(begin)) => branch.len() > begin.len() && branch.starts_with(begin),
            (None, None) => branch == self.0,
        }
    }
}

validated_text!(BranchPattern, "{:?}");

impl FromStr for BranchPattern {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

/// What git takes for the name of a branch, and a little less: nothing that a program could take for an option.
fn is_branch(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_graphic() && !"~^:?*[\\".contains(c);
    (1..=255).contains(&name.len())
        && name.chars().all(is_plain)
        && !name.starts_with(['-', '/', '.'])
        && !name.ends_with(['/', '.'])
        && !["..", "//", "@{", "/.", ".lock/"].iter().any(|no| name.contains(no))
        && name.strip_suffix(".lock").is_none()
        && name != "@"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, branch: &str) -> bool {
        BranchPattern::new(pattern).unwrap().matches(branch)
    }

    #[test]
    fn a_pattern_is_a_name_or_how_one_begins_or_ends() {
        assert!(matches("main", "main") && !matches("main", "main2"));
        assert!(
            matches("release/*", "release/1.0") && !matches("release/*", "release/") && !matches("release/*", "main")
        );
        assert!(matches("*/fix", "a/fix") && !matches("*/fix", "/fix") && !matches("*/fix", "a/fixed"));
        assert!(matches("*-rc", "1-rc"));
    }

    #[test]
    fn what_git_does_not_take_is_no_pattern() {
        for text in ["", "*", "a*b", "**", "a/**", "-x", "a..b", "a b", "a~1", "a@{1}", "a/", "*/", "a.lock", ".a"] {
            assert!(BranchPattern::new(text).is_err(), "{text:?}");
        }
    }
}
