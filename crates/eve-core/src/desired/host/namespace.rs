//! Namespaces of the host.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result, codes};

/// A part of the host that a workload sees as the host itself does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HostNamespace {
    /// Interfaces, addresses and ports.
    Network,
    /// Processes.
    Pid,
    /// Shared memory and message queues.
    Ipc,
    /// The host name.
    Uts,
    /// Users: root is the host's root.
    User,
    /// The tree of control groups.
    Cgroup,
}

impl HostNamespace {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Network, Self::Pid, Self::Ipc, Self::Uts, Self::User, Self::Cgroup];

    /// Its word, as it is stored and written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Pid => "pid",
            Self::Ipc => "ipc",
            Self::Uts => "uts",
            Self::User => "user",
            Self::Cgroup => "cgroup",
        }
    }
}

impl fmt::Display for HostNamespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for HostNamespace {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| {
            let hint = format!("write one of {}", Self::ALL.map(Self::as_str).join(", "));
            Error::invalid(codes::NAME_INVALID, format!("{text:?} is no namespace")).with_hint(hint)
        })
    }
}
