//! Short names of small letters.

use eve_core::{Error, Result};

use crate::codes;
use crate::grammar::parsed;

parsed! {
    Slug, "a short name";
    BucketName, "the name of a bucket";
    CommandName, "the name of a command";
}

/// `a-z`, `0-9` and `-`, beginning with a letter and not ending with `-`, at most 63.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Slug(pub(crate) String);

/// As [`Slug`], of at least two characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct BucketName(pub(crate) String);

/// As [`Slug`], and may end with `-`.
#[derive(Debug, Clone)]
pub(crate) struct CommandName;

impl std::str::FromStr for Slug {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        checked(text, 1, false).map(Self)
    }
}

impl std::str::FromStr for BucketName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        checked(text, 2, false).map(Self)
    }
}

impl std::str::FromStr for CommandName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        checked(text, 1, true).map(|_| Self)
    }
}

fn checked(text: &str, least: usize, may_end_with_dash: bool) -> Result<String> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let ok = (least..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(plain)
        && (may_end_with_dash || !text.ends_with('-'));
    if ok {
        return Ok(text.to_owned());
    }
    let end = if may_end_with_dash { "" } else { " and not ending with -" };
    Err(Error::invalid(codes::BAD_VALUE, format!("`{}` is not allowed here", text.escape_debug()))
        .with_hint(format!("use {least} to 63 of a-z, 0-9 and -, beginning with a letter{end}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        let longest = "a".repeat(63);
        for text in ["a", "a-1", &longest] {
            assert!(text.parse::<Slug>().is_ok(), "{text}");
        }
        for text in ["", "-", "A", "1a", "a_b", "a-", "ä", &"a".repeat(64)] {
            assert!(text.parse::<Slug>().is_err(), "{text}");
        }
        assert!("a".parse::<BucketName>().is_err() && "ab".parse::<BucketName>().is_ok());
        assert!("a-".parse::<CommandName>().is_ok() && "-a".parse::<CommandName>().is_err());
    }
}
