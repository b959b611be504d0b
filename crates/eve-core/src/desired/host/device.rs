//! Devices of the host.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::validated_text::validated_text;
use crate::{AbsolutePath, Error, Result, codes};

/// A device of the host that a workload may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Device {
    /// Where it is on the host.
    pub source: AbsolutePath,
    /// Where the workload finds it.
    pub target: AbsolutePath,
    /// What the workload may do with it.
    pub permissions: DevicePermissions,
}

impl Device {
    /// A device at its own place, to be read, written and made.
    pub fn new(source: AbsolutePath) -> Self {
        Self { target: source.clone(), source, permissions: DevicePermissions("rwm".to_owned()) }
    }
}

/// What may be done with a device: `r` to read it, `w` to write it, `m` to make its node.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DevicePermissions(String);

impl DevicePermissions {
    /// Reads one to three of the letters, each once.
    ///
    /// # Errors
    /// `name.invalid`.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let sorted: String = "rwm".chars().filter(|letter| text.contains(*letter)).collect();
        if !sorted.is_empty() && sorted.len() == text.len() {
            return Ok(Self(sorted));
        }
        Err(Error::invalid(codes::NAME_INVALID, format!("{text:?} says nothing about a device"))
            .with_hint("write r, w and m, each at most once"))
    }
}

validated_text!(DevicePermissions, "{:?}");

impl FromStr for DevicePermissions {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_have_one_spelling() {
        assert_eq!(DevicePermissions::new("mr").unwrap().as_str(), "rm");
        for bad in ["", "rr", "x", "rwx", "r w"] {
            assert!(DevicePermissions::new(bad).is_err(), "{bad:?}");
        }
    }
}
