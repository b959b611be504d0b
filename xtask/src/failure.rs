//! Why a check did not pass.

use std::fmt;
use std::process::{ExitCode, ExitStatus};

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

/// A check that did not pass, with the exit code that it hands on.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// A check that found something.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }

    /// A command line that is not understood.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 64 }
    }

    /// A program that ended badly. Its exit code is handed on; a signal becomes 1.
    pub(crate) fn ended(program: &str, status: ExitStatus) -> Self {
        let code = status.code().and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0).unwrap_or(1);
        Self { message: format!("`{program}` ended with {status}"), code }
    }

    /// The same failure, told as that of a step.
    pub(crate) fn of_step(self, step: &str) -> Self {
        Self { message: format!("{step}: {}", self.message), ..self }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
