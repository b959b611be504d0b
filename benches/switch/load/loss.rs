//! Why a request was lost.

use std::fmt;

/// Why a request was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Loss {
    /// No connection was to be had.
    Refused,
    /// The other side closed a kept connection while a request was being sent on it.
    ClosingRace,
    /// The connection ended while the request was worked on, before any byte of an answer.
    Unanswered,
    /// The connection ended in the middle of an answer.
    Cut,
    /// No answer in time.
    Late,
    /// An answer that no release gave, or that tells of a failure.
    Status(u16),
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("not connected"),
            Self::ClosingRace => f.write_str("closing race"),
            Self::Unanswered => f.write_str("ended before its answer"),
            Self::Cut => f.write_str("ended in its answer"),
            Self::Late => f.write_str("late"),
            Self::Status(code) => write!(f, "status {code}"),
        }
    }
}
