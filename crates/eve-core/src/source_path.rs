//! Paths of a project's own files.

use serde::{Deserialize, Serialize};

use crate::validated_text::validated_text;
use crate::{Error, Result, codes};

/// A file or folder below a project's root: parts with `/` between them, none of which leads up. `./a//b`
/// is `a/b`.
///
/// Whether there is such a file, and whether a link leads out of the project, is found out when it is read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourcePath(String);

impl SourcePath {
    /// Reads a path.
    ///
    /// # Errors
    /// `file.escapes` for an absolute one, or one with `..`; `name.invalid` for one that is empty, longer
    /// than 1024 bytes, or holds a backslash or a control character.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        if text.starts_with('/') || text.split('/').any(|part| part == "..") {
            let text = format!("{text:?} leads out of the project");
            return Err(
                Error::invalid(codes::FILE_ESCAPES, text).with_hint("name a file or folder below the project's root")
            );
        }
        let parts: Vec<_> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let plain = !text.chars().any(|c| c == '\\' || c.is_control()) && text.len() <= 1024;
        if plain && !parts.is_empty() {
            return Ok(Self(parts.join("/")));
        }
        Err(Error::invalid(codes::NAME_INVALID, format!("{text:?} is no path of a file"))
            .with_hint("name a file or folder below the project's root, such as config/app.toml"))
    }
}

validated_text!(SourcePath, "{:?}");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_form_and_leads_nowhere_else() {
        for (text, path) in [("a", "a"), ("./a//b/", "a/b"), ("a/.b", "a/.b")] {
            assert_eq!(SourcePath::new(text).unwrap().as_str(), path);
        }
        for out in ["/etc", "..", "a/../b", "../a"] {
            assert_eq!(SourcePath::new(out).unwrap_err().code(), &codes::FILE_ESCAPES, "{out}");
        }
        for bad in ["", ".", "./", "a\\b", "a\0b", &"x".repeat(1025)] {
            assert_eq!(SourcePath::new(bad).unwrap_err().code(), &codes::NAME_INVALID, "{bad:?}");
        }
    }
}
