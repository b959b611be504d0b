//! Capabilities of the Linux kernel.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::validated_text::validated_text;
use crate::{Error, Result, codes};

/// A part of the rights of root, by the kernel's name without `CAP_`, or `ALL` of them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LinuxCapability(String);

/// Every capability up to Linux 6.12 (`capabilities(7)`).
const KNOWN: [&str; 41] = [
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
];

/// Those that a container has anyway: asking for one gives nothing that it has not.
const USUAL: [&str; 9] =
    ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID", "SYS_CHROOT"];

impl LinuxCapability {
    /// Reads a name, in any case, with or without `CAP_`.
    ///
    /// # Errors
    /// `name.invalid` for one that the kernel does not have.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let name = text.to_ascii_uppercase();
        let name = name.strip_prefix("CAP_").unwrap_or(&name);
        if name == "ALL" || KNOWN.contains(&name) {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::invalid(codes::NAME_INVALID, format!("{text:?} is no capability"))
            .with_hint("write one of capabilities(7), such as NET_ADMIN, or ALL"))
    }

    /// The names of those that the kernel has, without `CAP_`.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KNOWN.into_iter()
    }

    /// All of them.
    pub fn all() -> Self {
        Self("ALL".to_owned())
    }

    /// True for `ALL`.
    pub fn is_all(&self) -> bool {
        self.0 == "ALL"
    }

    /// True for one that every workload has unless it gives it up, so that it needs no permission.
    pub fn is_usual(&self) -> bool {
        USUAL.contains(&self.as_str())
    }
}

validated_text!(LinuxCapability, "{:?}");

impl FromStr for LinuxCapability {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capability_has_one_spelling() {
        for text in ["NET_ADMIN", "net_admin", "CAP_NET_ADMIN", "cap_net_admin"] {
            assert_eq!(LinuxCapability::new(text).unwrap().as_str(), "NET_ADMIN");
        }
        assert!(LinuxCapability::new("all").unwrap().is_all());
        for bad in ["", "CAP_", "NET ADMIN", "NET_ADMIM", "CAP_CAP_KILL"] {
            assert_eq!(LinuxCapability::new(bad).unwrap_err().code(), &codes::NAME_INVALID, "{bad:?}");
        }
    }
}
