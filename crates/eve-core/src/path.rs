//! Absolute paths in one spelling.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::validated_text::validated_text;
use crate::{Error, Result, codes};

/// An absolute path in one spelling: `/`, or parts behind single slashes, none of them `.` or `..`.
///
/// It says nothing about links: what it leads to is for whoever has the file system.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AbsolutePath(String);

impl AbsolutePath {
    /// The most bytes that a path may have.
    pub const MOST: usize = 4095;

    /// Reads a path. Doubled slashes, `.` and a slash at the end are taken out.
    ///
    /// # Errors
    /// `path.invalid` unless it begins with `/`, and for `..`, control characters and more than
    /// [`Self::MOST`] bytes.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        if !text.starts_with('/') {
            return Err(invalid(&text, "does not begin with /"));
        }
        if text.split('/').any(|part| part == "..") {
            return Err(invalid(&text, "has a way up, `..`"));
        }
        Self::of_parts(&text, text.split('/').filter(|part| is_part(part)))
    }

    /// The path that a relative one leads to from here, `..` taken as the folder that is written before it.
    /// An absolute one is itself.
    ///
    /// # Errors
    /// `path.invalid`, also where it leads above `/`.
    pub fn join(&self, text: &str) -> Result<Self> {
        if text.starts_with('/') {
            return Self::new(text);
        }
        let mut parts: Vec<&str> = self.parts().collect();
        for part in text.split('/').filter(|part| is_part(part)) {
            if part != ".." {
                parts.push(part);
            } else if parts.pop().is_none() {
                return Err(invalid(text, "leads above the root"));
            }
        }
        Self::of_parts(text, parts.into_iter())
    }

    fn of_parts<'a>(text: &str, parts: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut path = String::new();
        for part in parts {
            path.push('/');
            path.push_str(part);
        }
        if path.is_empty() {
            path.push('/');
        }
        if path.len() > Self::MOST {
            return Err(invalid("the path", "is too long"));
        }
        if path.contains(char::is_control) {
            return Err(invalid(text, "has a control character"));
        }
        Ok(Self(path))
    }

    /// Its parts, none for `/`.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// True for `folder` itself and for everything below it, part by part: `/srv/data2` is not within
    /// `/srv/data`.
    pub fn is_within(&self, folder: &Self) -> bool {
        match self.0.strip_prefix(&folder.0) {
            Some(rest) => folder.0 == "/" || rest.is_empty() || rest.starts_with('/'),
            None => false,
        }
    }
}

validated_text!(AbsolutePath, "{:?}");

impl FromStr for AbsolutePath {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

fn is_part(part: &str) -> bool {
    !part.is_empty() && part != "."
}

fn invalid(text: &str, why: &str) -> Error {
    Error::invalid(codes::PATH_INVALID, format!("`{}` {why}", text.escape_debug()))
        .with_hint("write an absolute path without `..`, such as /srv/data")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> AbsolutePath {
        AbsolutePath::new(text).unwrap()
    }

    #[test]
    fn a_path_has_one_spelling() {
        for (text, path) in [("/", "/"), ("//", "/"), ("/a//b/./c/", "/a/b/c"), ("/.", "/"), ("/a b", "/a b")] {
            assert_eq!(AbsolutePath::new(text).unwrap().as_str(), path, "{text}");
        }
        for bad in ["", "a", "./a", "~", "/a/..", "/../a", "/a/../b", "/a\0", "/a\n", "C:\\a"] {
            assert_eq!(AbsolutePath::new(bad).unwrap_err().code(), &codes::PATH_INVALID, "{bad:?}");
        }
        assert!(AbsolutePath::new(format!("/{}", "x".repeat(AbsolutePath::MOST))).is_err());
        assert!(serde_json::from_str::<AbsolutePath>("\"/a/../etc\"").is_err());
    }

    #[test]
    fn paths_are_compared_part_by_part() {
        let data = path("/srv/data");
        assert!(path("/srv/data").is_within(&data) && path("/srv/data/a").is_within(&data));
        assert!(!path("/srv/data2").is_within(&data) && !path("/srv").is_within(&data) && !path("/").is_within(&data));
        assert!(data.is_within(&path("/")));
    }

    #[test]
    fn a_relative_path_leads_on_from_a_folder() {
        let folder = path("/srv/shop");
        for (text, found) in [(".", "/srv/shop"), ("./a", "/srv/shop/a"), ("../b/./c", "/srv/b/c"), ("/x", "/x")] {
            assert_eq!(folder.join(text).unwrap().as_str(), found, "{text}");
        }
        assert!(folder.join("../../..").is_err());
        assert!(folder.join("/a/../b").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_joined_is_a_path_in_its_one_spelling(text in "[a./~ ]{0,24}") {
            if let Ok(joined) = path("/srv/shop").join(&text) {
                prop_assert_eq!(&AbsolutePath::new(joined.as_str()).unwrap(), &joined);
            }
        }

        #[test]
        fn what_is_within_begins_with_the_same_parts(a in "(/[ab]{0,2}){1,4}", b in "(/[ab]{0,2}){1,4}") {
            let (a, b) = (path(&a), path(&b));
            let parts: Vec<_> = a.parts().collect();
            let folder: Vec<_> = b.parts().collect();
            prop_assert_eq!(a.is_within(&b), parts.starts_with(&folder));
        }
    }
}
