//! An error in its stored form.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Code, Error, ErrorKind, Finding};

/// Why something failed, as it is journaled and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fault {
    /// The stable code.
    pub code: Code,
    /// The message with its causes.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The exit code by which a command line reports it.
    pub exit_code: u8,
    /// The finding that ended a wait, with its evidence, where there is one.
    pub finding: Option<Finding>,
}

impl Fault {
    /// A fault from a finding.
    pub fn of_finding(finding: Finding) -> Self {
        Self {
            code: finding.code.clone(),
            message: finding.message.clone(),
            hint: finding.hint.clone(),
            exit_code: 1,
            finding: Some(finding),
        }
    }

    /// True if the work was cancelled.
    pub fn is_cancellation(&self) -> bool {
        self.exit_code == 125
    }

    /// The fault as an error again.
    pub fn into_error(self) -> Error {
        let kind = match self.exit_code {
            65 => ErrorKind::Invalid,
            124 => ErrorKind::DeadlineExceeded,
            125 => ErrorKind::Cancelled,
            _ => ErrorKind::Failed,
        };
        let error = Error::new(kind, self.code, self.message);
        match self.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code().clone(),
            message: error.chain(),
            hint: error.hint().map(str::to_owned),
            exit_code: error.exit_code(),
            finding: None,
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}
