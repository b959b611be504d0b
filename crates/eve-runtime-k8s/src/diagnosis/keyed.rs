//! Secrets and config maps without their values.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A secret or a config map: its name and, where they were asked for, its keys. Never a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Keyed {
    /// Its name.
    pub name: String,
    /// Its keys; none if they were not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<BTreeSet<String>>,
}

impl Keyed {
    /// One whose keys were not read.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), keys: None }
    }

    /// Sets the keys.
    pub fn with_keys<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.keys = Some(keys.into_iter().map(Into::into).collect());
        self
    }
}
