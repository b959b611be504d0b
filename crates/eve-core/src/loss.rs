//! What cannot be honoured, said aloud.

use serde::{Deserialize, Serialize};

use crate::Code;

/// A key that a backend or language honours only in part. A plan lists all of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Loss {
    /// The value's path (`services.web.resources.limits.cpu`).
    pub path: String,
    /// How much is lost.
    pub grade: LossGrade,
    /// How, or why, in one sentence.
    pub reason: String,
    /// The code, where the loss is one of a known kind.
    pub code: Option<Code>,
}

impl Loss {
    /// A loss at a path.
    pub fn new(path: impl Into<String>, grade: LossGrade, reason: impl Into<String>) -> Self {
        Self { path: path.into(), grade, reason: reason.into(), code: None }
    }
}

/// How much of what was asked for is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LossGrade {
    /// Nearly the same is done.
    Approximated,
    /// Nothing is done.
    Ignored,
    /// The plan is refused.
    Refused,
}
