//! An error on its way through a channel.

use std::error::Error as StdError;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Code, Error, ErrorKind};

/// An error in a form that crosses processes: kind, code, hint, and the text of every cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorReport {
    kind: ErrorKind,
    code: Code,
    message: String,
    hint: Option<String>,
    causes: Vec<String>,
}

impl From<&Error> for ErrorReport {
    fn from(error: &Error) -> Self {
        let mut causes = Vec::new();
        let mut cause = error.source();
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        Self {
            kind: error.kind(),
            code: error.code().clone(),
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
            causes,
        }
    }
}

impl ErrorReport {
    /// The error again; of its causes only the texts came through.
    pub fn into_error(self) -> Error {
        let wrap = |below: Option<Box<Cause>>, text| Some(Box::new(Cause { text, below }));
        let cause = self.causes.into_iter().rev().fold(None, wrap);
        let mut error = Error::new(self.kind, self.code, self.message);
        if let Some(hint) = self.hint {
            error = error.with_hint(hint);
        }
        match cause {
            Some(cause) => error.with_source(cause),
            None => error,
        }
    }
}

/// A cause of which only the text came through.
#[derive(Debug)]
struct Cause {
    text: String,
    below: Option<Box<Cause>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.below.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;

    #[test]
    fn an_error_comes_through_with_its_causes_and_its_hint() {
        let inner = Error::failed(codes::BACKEND_IO, "the disk said no").with_source(std::io::Error::other("EIO"));
        let error = Error::unavailable(codes::STATE_IO, "nothing was written").with_hint("look").with_source(inner);
        let text = serde_json::to_string(&ErrorReport::from(&error)).unwrap();
        let back = serde_json::from_str::<ErrorReport>(&text).unwrap().into_error();
        assert_eq!(back.chain(), error.chain());
        assert_eq!((back.kind(), back.code(), back.hint()), (error.kind(), error.code(), error.hint()));
        assert!(back.is_retryable());
    }
}
