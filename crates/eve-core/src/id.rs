//! Identifiers that Eve gives.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::validated_text::validated_text;
use crate::{Env, Error, Result, Timestamp, codes};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id: sorted by the time it was made, random in its tail.
            pub fn generate(env: &dyn Env) -> Self {
                Self(sortable($prefix, env.now(), env.random()))
            }

            /// Reads an id.
            ///
            /// # Errors
            /// `name.invalid` if the text is not an id of this kind.
            pub fn new(text: impl Into<String>) -> Result<Self> {
                let text = text.into();
                let tail = text.strip_prefix($prefix).and_then(|t| t.strip_prefix('_')).unwrap_or_default();
                let ok = (1..=64).contains(&tail.len())
                    && tail.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
                if ok {
                    return Ok(Self(text));
                }
                Err(Error::invalid(codes::NAME_INVALID, format!("{text:?} is not an id of kind {}", $prefix)))
            }
        }

        validated_text!($name, "{}");
    )*};
}

ids! {
    /// A release.
    ReleaseId, "rel";
    /// One execution of a pipeline, or one direct deploy.
    RunId, "run";
    /// Whoever holds leases: one per engine process.
    HolderId, "hold";
}

impl ReleaseId {
    /// The id of a release by its content: equal content is one release.
    pub fn of_content(digest: &crate::Digest) -> Self {
        Self(format!("{}_{}", Self::PREFIX, digest.short(20)))
    }
}

/// A try at a job. Its text is derived from run, step and number, so a restarted engine finds it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptId(String);

impl AttemptId {
    /// The `number`th try (from 1) at `job` within `run`.
    pub fn new(run: &RunId, job: &str, number: u32) -> Self {
        Self(format!("{run}.{}.{number}", crate::naming::label(job)))
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `prefix_` + 12 hexadecimal digits of milliseconds + 16 of randomness.
fn sortable(prefix: &str, now: Timestamp, random: u64) -> String {
    format!("{prefix}_{:012x}{random:016x}", now.as_millis() & 0xffff_ffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_another_kind_are_refused() {
        assert!(RunId::new("run_0a").is_ok());
        for bad in ["rel_0a", "run_", "run", "run_A", "run_../x", ""] {
            assert!(RunId::new(bad).is_err(), "{bad:?}");
        }
    }
}
