//! What a command that did its work says.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// What a command that did its work says: the same in both forms, and the exit code.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) exit: u8,
    pub(crate) text: String,
    pub(crate) object: Map<String, Value>,
}

impl Answer {
    const CHANGES_EXIT: u8 = 2;
    const FOUND_EXIT: u8 = 1;

    /// Everything was done; `text` is for people, and may be empty.
    pub(crate) fn ok(text: impl Into<String>) -> Self {
        Self::of(0, "ok", text)
    }

    /// Changes are pending.
    pub(crate) fn changes(text: impl Into<String>) -> Self {
        Self::of(Self::CHANGES_EXIT, "changes", text)
    }

    /// Something was found that somebody has to act on.
    pub(crate) fn found(text: impl Into<String>) -> Self {
        Self::of(Self::FOUND_EXIT, "found", text)
    }

    /// Something that was run for somebody ended so.
    pub(crate) fn ended(exit: u8) -> Self {
        Self::of(exit, "ended", "")
    }

    fn of(exit: u8, outcome: &str, text: impl Into<String>) -> Self {
        let object = Map::from_iter([("outcome".to_owned(), json!(outcome))]);
        Self { exit, text: text.into(), object }
    }

    /// Adds a field of the object.
    pub(crate) fn with(mut self, key: &str, value: impl Serialize) -> Self {
        self.object.insert(key.to_owned(), json!(value));
        self
    }
}
