//! The identity of a child.

use std::fmt;
use std::path::{Component, Path};

use eve_core::{Error, Result, codes};
use serde::{Deserialize, Serialize};

/// A child's identity: its folder, relative to the state folder. Never used twice.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChildId(String);

impl ChildId {
    /// A child's identity by its folder.
    ///
    /// # Errors
    /// `name.invalid` if the path is empty, absolute, or leads upwards.
    pub fn new(folder: impl Into<String>) -> Result<Self> {
        let folder = folder.into();
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        if !folder.is_empty() && !folder.contains('\0') && Path::new(&folder).components().all(plain) {
            return Ok(Self(folder));
        }
        Err(Error::invalid(codes::NAME_INVALID, format!("{folder:?} is not a child's folder")))
    }

    /// The folder's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ChildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ChildId {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<ChildId> for String {
    fn from(id: ChildId) -> String {
        id.0
    }
}
