//! What could not be looked at.

use serde::{Deserialize, Serialize};

/// Something that could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unread {
    /// The cluster's word for the objects (`pods`, `pods/log`); `*` if nothing could be read.
    pub what: String,
    /// Why.
    pub cause: UnreadCause,
    /// What was answered.
    pub message: String,
}

impl Unread {
    /// Something that could not be read.
    pub fn new(what: impl Into<String>, cause: UnreadCause, message: impl Into<String>) -> Self {
        Self { what: what.into(), cause, message: message.into() }
    }
}

/// Why something could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnreadCause {
    /// Whoever asks may not.
    Denied,
    /// It is not known who asks.
    Unauthenticated,
    /// Nobody answered.
    Unreachable,
    /// It is not known whom to ask.
    Unconfigured,
    /// The cluster does not have such objects.
    NotServed,
    /// Something else was answered.
    Refused,
}
