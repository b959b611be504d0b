//! The frames of an open connection.

use eve_core::control::{ErrorReport, PartName};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What a client sends. Not printable: bodies may carry secrets.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientFrame<'a> {
    /// Asks a part.
    Call {
        id: u64,
        part: PartName,
        #[serde(borrow)]
        body: &'a RawValue,
    },
    /// Asks a part for items.
    Stream {
        id: u64,
        part: PartName,
        #[serde(borrow)]
        body: &'a RawValue,
    },
    /// Wishes that a call stops; it is answered all the same.
    Cancel { id: u64 },
    /// Wants no more items of a stream.
    Drop { id: u64 },
    /// Takes that many more items of a stream.
    More { id: u64, items: u32 },
}

/// What a server sends. Not printable: bodies may carry secrets.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ServerFrame<'a> {
    /// A call's answer.
    Answer {
        id: u64,
        #[serde(borrow)]
        body: &'a RawValue,
    },
    /// A call's error.
    Failed { id: u64, error: ErrorReport },
    /// An item of a stream.
    Item {
        id: u64,
        #[serde(borrow)]
        body: &'a RawValue,
    },
    /// An item of a stream that is an error; others may follow.
    Flaw { id: u64, error: ErrorReport },
    /// A stream has no more items.
    End { id: u64 },
    /// The last frame that came was turned away, and this is the last one of the connection.
    Refused { error: ErrorReport },
}
