//! Why a case failed.

use std::fmt;

use eve_core::{Code, Error};

/// What a case answers.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Why a case failed, in one text for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure by its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// A call that had to succeed and did not. Every failing call of a case ends like this, whichever
/// it was: the case's name says what it was about.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(format!("unexpected error {}: {}", error.code(), error.chain()))
    }
}

/// The error of a call that has to fail with one of these codes.
pub(crate) fn refused<T>(what: &str, result: Result<T, Error>, codes: &[&Code]) -> Outcome<Error> {
    match result {
        Ok(_) => Err(Failure(format!("{what} succeeded, expected {codes:?}"))),
        Err(error) if codes.contains(&error.code()) => Ok(error),
        Err(error) => Err(Failure(format!("{what} gave {}, expected {codes:?}: {}", error.code(), error.chain()))),
    }
}

/// Fails the case unless a condition holds.
macro_rules! ensure {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err($crate::Failure::new(format!($($text)+)));
        }
    };
}

/// Fails the case unless two values are equal.
macro_rules! ensure_eq {
    ($left:expr, $right:expr, $($text:tt)+) => {
        match (&$left, &$right) {
            (left, right) if left == right => {}
            (left, right) => {
                let text = format!($($text)+);
                return Err($crate::Failure::new(format!("{text}: {left:?} is not {right:?}")));
            }
        }
    };
}

pub(crate) use {ensure, ensure_eq};
