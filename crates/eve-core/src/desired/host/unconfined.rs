//! Protections that are switched off.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result, codes};

/// A protection of the host that does not hold for a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unconfined {
    /// The filter of system calls.
    Seccomp,
    /// The profile of `AppArmor`.
    Apparmor,
    /// The labels of `SELinux`.
    Label,
    /// What is masked and read-only below `/proc` and `/sys`.
    Systempaths,
    /// That no program has more rights than what started it.
    NewPrivileges,
}

impl Unconfined {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Seccomp, Self::Apparmor, Self::Label, Self::Systempaths, Self::NewPrivileges];

    /// Its word, as it is stored and written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seccomp => "seccomp",
            Self::Apparmor => "apparmor",
            Self::Label => "label",
            Self::Systempaths => "systempaths",
            Self::NewPrivileges => "new-privileges",
        }
    }
}

impl fmt::Display for Unconfined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Unconfined {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| {
            let hint = format!("write one of {}", Self::ALL.map(Self::as_str).join(", "));
            Error::invalid(codes::NAME_INVALID, format!("{text:?} is no protection")).with_hint(hint)
        })
    }
}
