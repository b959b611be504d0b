//! How a condition is known.

use serde::{Deserialize, Serialize};

use crate::{Exit, Timestamp};

/// How a condition is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "evidence", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// A process ended.
    Exit {
        /// How.
        exit: Exit,
        /// How many times it was started again before.
        restarts: u32,
    },
    /// The last lines that it wrote.
    LogTail {
        /// Who wrote them.
        source: String,
        /// The lines, oldest first.
        lines: Vec<String>,
    },
    /// What a health probe was answered.
    Probe {
        /// The answer, or why there was none.
        answer: String,
    },
    /// A field of a backend's object.
    Field {
        /// Where it stands.
        path: String,
        /// What it says.
        value: String,
    },
    /// Something that the backend reported.
    Event {
        /// The backend's word for it.
        reason: String,
        /// Its text.
        message: String,
        /// How often it was reported.
        count: u32,
        /// When it was last.
        last: Timestamp,
    },
}

impl Evidence {
    /// A field of a backend's object.
    pub fn field(path: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Field { path: path.into(), value: value.into() }
    }
}
