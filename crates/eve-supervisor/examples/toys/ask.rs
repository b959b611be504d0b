//! What toys can be told.

use std::path::PathBuf;

use eve_core::{EnvironmentId, Fence};
use serde::{Deserialize, Serialize};

/// How the supervisor is started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mood {
    /// All is well.
    Well(String),
    /// The parts cannot be made.
    Fails,
    /// It dies while it makes its parts.
    Dies,
}

/// A question to the toys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Answers what it is told.
    Echo(String),
    /// Answers how the supervisor was started.
    Mood,
    /// Answers that many bytes.
    Large(usize),
    /// Adds `begun` to a file, waits, and adds `done`.
    Work { file: PathBuf, millis: u64 },
    /// Waits for the cancellation, and adds `cancelled` to a file.
    Patience { file: PathBuf },
    /// Remembers a number in the call's first poll. Stream: remembers it at once, and has no items.
    Mark(u64),
    /// Answers the remembered numbers.
    Marks,
    /// Has to live on, or not.
    Hold(bool),
    /// Shows a fencing token.
    Admit(EnvironmentId, Fence),
    /// Fails.
    Fail,
    /// Panics.
    Panic,
    /// Answers what the process is.
    Process,
    /// Stream: the numbers below this one.
    Count(u64),
    /// Stream: numbers without end; adds `dropped` to a file when it is dropped.
    Endless { file: PathBuf },
    /// Stream: an item, an error, an item.
    Flawed,
}

/// What the supervisor's process is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Process {
    pub pid: i32,
    pub session: i32,
    pub directory: PathBuf,
    pub variables: Vec<String>,
    pub files: Vec<String>,
}
