//! A place in the file of a problem.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::tree::Mark;

/// A line and a column, both from 1, the column in characters. `Display` shows `3:5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

impl From<Mark> for Place {
    fn from(Mark { line, column }: Mark) -> Self {
        Self { line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
