//! All problems of a manifest.

use std::fmt;

use eve_core::Error;
use serde::Serialize;

use super::{Problem, Severity};

/// Why a manifest cannot be used: at least one error, and the warnings beside it, in the order of
/// the text. `Display` shows each with its source line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// # Panics
    /// If there is no error among them.
    pub(crate) fn new(problems: Vec<Problem>) -> Self {
        assert!(problems.iter().any(|p| p.severity == Severity::Error), "a manifest without errors has no Problems");
        Self(problems)
    }

    /// These problems and others, in the order of the text.
    pub(crate) fn with(mut self, others: &[Problem]) -> Self {
        self.0.extend_from_slice(others);
        self.0.sort_by_key(|problem| (problem.line, problem.column));
        self
    }

    /// The problems, in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// The first error.
    pub fn first(&self) -> &Problem {
        self.errors().next().unwrap_or(&self.0[0])
    }

    /// The errors alone.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter().filter(|problem| problem.severity == Severity::Error)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Problems> for Error {
    /// An error of kind `Invalid` with the code and hint of the first error; all of them are its
    /// source.
    fn from(problems: Problems) -> Self {
        let first = problems.first();
        let count = problems.errors().count();
        let text = format!("{} has {count} error{}", first.file, if count == 1 { "" } else { "s" });
        let error = Self::invalid(first.code.clone(), text);
        let error = match first.hint.clone() {
            Some(hint) => error.with_hint(hint),
            None => error,
        };
        error.with_source(problems)
    }
}
