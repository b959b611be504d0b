//! A problem before its place is looked up.

use eve_core::{Code, Error};

use super::Severity;
use crate::tree::Span;

/// A problem on its way into a [`Report`](super::Report).
#[derive(Debug)]
pub(crate) struct Note {
    pub(super) severity: Severity,
    pub(super) code: Code,
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Note {
    pub(crate) fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, span, message: message.into(), hint: None }
    }

    pub(crate) fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// The problem that a value of the vocabulary has with a text.
    pub(crate) fn refused(span: Span, cause: &Error) -> Self {
        Self::error(cause.code().clone(), span, cause.to_string()).maybe_hint(cause.hint().map(str::to_owned))
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}
