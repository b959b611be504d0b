//! The error of every seam.

use std::error::Error as StdError;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Code;

/// The result of every fallible call of this crate's traits.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the reader of an error must deal with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input is wrong; sending it again changes nothing.
    Invalid,
    /// What was named does not exist.
    NotFound,
    /// Somebody else holds it, or it is not in the state that was expected.
    Conflict,
    /// A holder of an older fencing token was turned away.
    Fenced,
    /// The state of the world is no longer the one that was approved.
    Drifted,
    /// The part behind the seam cannot be reached or cannot serve now.
    Unavailable,
    /// A resource (disk, ports, memory) is used up.
    Exhausted,
    /// The backend does not claim this ability.
    Unsupported,
    /// Policy or permissions forbid it.
    Denied,
    /// A deadline passed.
    DeadlineExceeded,
    /// The caller cancelled the work.
    Cancelled,
    /// The work was done and failed.
    Failed,
    /// Stored state is damaged or written by a newer version.
    Corrupt,
    /// A broken invariant of Eve itself.
    Internal,
}

/// The error of every seam: a stable code, one sentence about this layer, and what to do.
///
/// The text states this layer only; the cause is [`source`](StdError::source).
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    code: Code,
    message: String,
    hint: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident,)*) => {
        $($(#[$doc])*
        pub fn $name(code: Code, message: impl Into<String>) -> Self {
            Self::new(ErrorKind::$kind, code, message)
        })*
    };
}

impl Error {
    /// An error of some kind.
    pub fn new(kind: ErrorKind, code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, code, message: message.into(), hint: None, source: None }))
    }

    /// One error for several: kind, code and hint are those of the first that trying again does not help
    /// against, or else of the first; the text names each of them. None if there are none.
    pub fn several(mut errors: Vec<Self>) -> Option<Self> {
        let leads = errors.iter().position(|error| !error.is_retryable()).unwrap_or_default();
        if errors.len() < 2 {
            return errors.pop();
        }
        let text: Vec<_> = errors.iter().map(|error| format!("{error} ({})", error.code())).collect();
        let causes: Vec<_> = errors.iter().filter_map(|error| error.source().map(ToString::to_string)).collect();
        let first = errors.swap_remove(leads);
        let all = Self::new(first.kind(), first.code().clone(), text.join("; "));
        let all = match first.hint() {
            Some(hint) => all.with_hint(hint),
            None => all,
        };
        Some(if causes.is_empty() { all } else { all.with_source(causes.join("; ")) })
    }

    constructors! {
        /// Wrong input.
        invalid => Invalid,
        /// Something named does not exist.
        not_found => NotFound,
        /// Somebody else holds it, or it is not in the expected state.
        conflict => Conflict,
        /// An older fencing token was turned away.
        fenced => Fenced,
        /// The world is not the one that was approved.
        drifted => Drifted,
        /// The other side cannot be reached.
        unavailable => Unavailable,
        /// A resource is used up.
        exhausted => Exhausted,
        /// The ability is not claimed.
        unsupported => Unsupported,
        /// Policy or permissions forbid it.
        denied => Denied,
        /// A deadline passed.
        deadline_exceeded => DeadlineExceeded,
        /// The caller cancelled.
        cancelled => Cancelled,
        /// The work failed.
        failed => Failed,
        /// Stored state is damaged or too new.
        corrupt => Corrupt,
        /// A broken invariant of Eve.
        internal => Internal,
    }

    /// Adds what the reader can do about it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the cause.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What the reader must deal with.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stable code, `group.reason`.
    pub fn code(&self) -> &Code {
        &self.0.code
    }

    /// What to do about it, where there is something to say.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// True if the same call may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Unavailable | ErrorKind::Exhausted)
    }

    /// The exit code by which a command line reports this error.
    ///
    /// 65 bad input, 124 deadline, 125 cancelled, 1 everything else.
    pub fn exit_code(&self) -> u8 {
        match self.0.kind {
            ErrorKind::Invalid => 65,
            ErrorKind::DeadlineExceeded => 124,
            ErrorKind::Cancelled => 125,
            _ => 1,
        }
    }

    /// The message and every cause below it, one a line, for people.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str("\n  caused by: ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;

    #[test]
    fn several_errors_are_one_that_names_all_and_passes_only_if_all_of_them_may() {
        let passing = || Error::unavailable(codes::IMAGE_UNREACHABLE, "a cannot be fetched");
        let lasting = || Error::denied(codes::IMAGE_DENIED, "b cannot be fetched").with_hint("log in");
        assert!(Error::several(Vec::new()).is_none());
        assert_eq!(Error::several(vec![passing()]).unwrap().to_string(), "a cannot be fetched");
        let both = Error::several(vec![passing().with_source("no such host"), lasting()]).unwrap();
        assert_eq!((both.code(), both.hint(), both.is_retryable()), (&codes::IMAGE_DENIED, Some("log in"), false));
        assert_eq!(both.to_string(), "a cannot be fetched (image.unreachable); b cannot be fetched (image.denied)");
        assert!(both.chain().ends_with("no such host"), "{}", both.chain());
        assert!(Error::several(vec![passing(), passing()]).unwrap().is_retryable());
    }
}
