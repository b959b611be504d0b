//! A value that is shown.

use eve_core::Origin;
use serde_json::Value as Json;

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) origin: Origin,
    pub(super) worth: Worth,
}

/// What is shown of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Worth {
    Single(Json),
    List(Vec<Item>),
    Mapping(Vec<(String, Item)>),
}
