//! Where a value came from.

mod stored;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Where a value of a [`Desired`](crate::Desired) came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Origin {
    /// A place in a file. Line and column count from 1, the column in characters.
    File {
        /// The file, as the caller named it.
        file: Arc<str>,
        /// The line, from 1.
        line: u32,
        /// The column, from 1, in characters.
        column: u32,
    },
    /// A place in a file that overrides what the base says.
    Override {
        /// The file, as the caller named it.
        file: Arc<str>,
        /// The line, from 1.
        line: u32,
        /// The column, from 1, in characters.
        column: u32,
    },
    /// A place in a file where the value of a variable is asked for.
    Variable {
        /// The variable; the first, where there are several.
        name: Arc<str>,
        /// The file, as the caller named it.
        file: Arc<str>,
        /// The line, from 1.
        line: u32,
        /// The column, from 1, in characters.
        column: u32,
    },
    /// Nobody said anything, so the language's default holds.
    Default,
    /// Eve puts it there itself.
    Platform,
    /// A program built the value.
    Code,
}

impl Origin {
    /// True if somebody wrote the value, or what it is made of, into a file.
    pub fn is_written(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Override { .. } | Self::Variable { .. })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Override { file, line, column } => write!(f, "{file}:{line}:{column} (override)"),
            Self::Variable { name, file, line, column } => write!(f, "{file}:{line}:{column} (variable {name})"),
            Self::Default => f.write_str("default"),
            Self::Platform => f.write_str("platform"),
            Self::Code => f.write_str("code"),
        }
    }
}

/// The origin of every value, by the value's path (`services.web.environment.PORT`).
///
/// Origins stand beside the values and not in them: moving a line changes no hash. There are more of them than
/// of anything else in a target state, so clones share them, and they are stored by file.
#[derive(Debug, Clone, Default)]
pub struct Origins(Arc<Known>);

#[derive(Debug, Clone, Default)]
struct Known {
    /// By the value's whole path.
    single: BTreeMap<String, Origin>,
    /// By the path of what is around the values, and the rest of their own.
    parts: BTreeMap<String, Vec<(Cow<'static, str>, Origin)>>,
}

impl Origins {
    /// Remembers where the value at `path` came from.
    pub fn insert(&mut self, path: impl Into<String>, origin: Origin) {
        Arc::make_mut(&mut self.0).single.insert(path.into(), origin);
    }

    /// Remembers at once where the values in the one at `around` came from, each by the rest of its path. What is
    /// remembered of a value by itself holds against this.
    pub fn insert_parts(&mut self, around: impl Into<String>, parts: Vec<(Cow<'static, str>, Origin)>) {
        Arc::make_mut(&mut self.0).parts.insert(around.into(), parts);
    }

    /// Where the value at `path` came from: its own origin, or that of the nearest value around it;
    /// [`Origin::Code`] if nothing is known.
    pub fn of(&self, path: &str) -> &Origin {
        let mut rest = path;
        loop {
            if let Some(origin) = self.0.at(rest) {
                return origin;
            }
            match rest.rfind('.') {
                Some(dot) => rest = &rest[..dot],
                None => return &Origin::Code,
            }
        }
    }

    /// All of them, in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'_, str>, &Origin)> {
        let parts = self.0.parts.iter().flat_map(|(around, parts)| {
            parts.iter().map(move |(part, origin)| (Cow::Owned(format!("{around}.{part}")), origin))
        });
        let single = self.0.single.iter().map(|(path, origin)| (Cow::Borrowed(&**path), origin));
        parts.chain(single).collect::<BTreeMap<_, _>>().into_iter()
    }
}

impl Known {
    fn at(&self, path: &str) -> Option<&Origin> {
        let in_parts = |(dot, _)| {
            let parts = self.parts.get(&path[..dot])?;
            parts.iter().rev().find(|(part, _)| *part == path[dot + 1..]).map(|(_, origin)| origin)
        };
        self.single.get(path).or_else(|| path.rmatch_indices('.').find_map(in_parts))
    }
}

/// Origins are equal if they say the same, however they were put together.
impl PartialEq for Origins {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.iter().eq(other.iter())
    }
}

impl Eq for Origins {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_without_an_origin_has_that_of_what_is_around_it() {
        let mut origins = Origins::default();
        origins.insert("services.web", Origin::Default);
        assert_eq!(origins.of("services.web.ports.0"), &Origin::Default);
        assert_eq!(origins.of("services.api"), &Origin::Code);
    }

    #[test]
    fn it_does_not_matter_how_origins_were_put_together() {
        let mut origins = Origins::default();
        origins.insert("services.a.b", Origin::Default);
        origins.insert("services.a.b.replicas", Origin::Platform);
        let mut in_parts = Origins::default();
        in_parts.insert("services.a.b", Origin::Default);
        in_parts.insert_parts(
            "services.a.b",
            vec![("replicas".into(), Origin::Code), ("replicas".into(), Origin::Platform)],
        );
        assert_eq!(in_parts, origins);
        assert_eq!(in_parts.of("services.a.b.replicas.x"), &Origin::Platform);
        assert_eq!(in_parts.of("services.a.b.ports"), &Origin::Default);
        in_parts.insert("services.a.b.replicas", Origin::Default);
        assert_eq!(in_parts.of("services.a.b.replicas"), &Origin::Default);
        assert_ne!(in_parts, origins);
    }
}
