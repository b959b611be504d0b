//! Opaque payloads in one canonical form.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Digest, Error, Result, codes};

/// A payload that crosses a seam without being understood there: canonical JSON text.
///
/// Canonical means: no insignificant white space, object keys sorted by their bytes. Two equal
/// values have equal bodies, so [`Body::digest`] can stand for the value.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Body(String);

impl Body {
    /// The canonical form of a value.
    ///
    /// # Errors
    /// `internal.encode` if the value has no JSON form (a map whose keys are no strings, say).
    pub fn of(value: &impl Serialize) -> Result<Self> {
        // `serde_json::Value` keeps objects in a sorted map: going through it is what sorts.
        let tree = serde_json::to_value(value)
            .map_err(|e| Error::internal(codes::INTERNAL_ENCODE, "value has no JSON form").with_source(e))?;
        Ok(Self(tree.to_string()))
    }

    /// Reads the value back.
    ///
    /// # Errors
    /// `state.unreadable` if the text does not fit the type.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.0)
            .map_err(|e| Error::corrupt(codes::STATE_UNREADABLE, "stored value does not fit its type").with_source(e))
    }

    /// Takes text that is already canonical, such as what a store gives back.
    pub fn from_canonical(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digest of the canonical text.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn equal_maps_have_equal_bodies_whatever_their_order() {
        let a: HashMap<_, _> = (0..50).map(|i| (format!("k{i}"), i)).collect();
        let b: HashMap<_, _> = (0..50).rev().map(|i| (format!("k{i}"), i)).collect();
        assert_eq!(Body::of(&a).unwrap().digest(), Body::of(&b).unwrap().digest());
    }
}
