//! What is wrong with a manifest, each thing at its place.

mod excerpt;
mod note;
mod place;
mod problems;
mod report;

use std::fmt;

use eve_core::Code;
use serde::{Deserialize, Serialize};

pub(crate) use excerpt::Excerpt;
pub(crate) use note::Note;
pub use place::Place;
pub use problems::Problems;
pub(crate) use report::Report;

/// So many other places are shown.
const SHOWN: usize = 5;

/// One thing that is wrong, or worth knowing, at one place of a manifest.
///
/// `Display` shows it with the source line, underlined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// What kind of problem it is.
    pub code: Code,
    /// Whether the manifest can be used all the same.
    pub severity: Severity,
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// What to do about it, where there is something to say.
    pub hint: Option<String>,
    /// Where else the same is to be said, which is not said again there. Warnings alone have such places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Place>,
    #[serde(skip)]
    excerpt: Excerpt,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}[{}]: {}", self.severity, self.code, self.message)?;
        self.excerpt.render(f, &self.file, self.line, self.column)?;
        let width = self.line.to_string().len();
        if let Some(hint) = &self.hint {
            write!(f, "\n{:width$} = hint: {hint}", "")?;
        }
        if self.also.is_empty() {
            return Ok(());
        }
        let shown: Vec<String> = self.also.iter().take(SHOWN).map(Place::to_string).collect();
        write!(f, "\n{:width$} = the same at {}", "", shown.join(", "))?;
        match self.also.len() - shown.len() {
            0 => Ok(()),
            more => write!(f, " and {more} other places"),
        }
    }
}

/// Whether a manifest with a problem can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, and the reader should know.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}
