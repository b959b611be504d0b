//! Everything that a service asks of its host.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Bind, Device, HostNamespace, LinuxCapability, Unconfined};

/// What a service asks of the host that others do not have, and the rights that it gives up. The host's
/// [policy](crate::policy) judges what is asked for; giving up needs no permission.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct HostAccess {
    /// Folders and files of the host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub binds: Vec<Bind>,
    /// Every capability, every device and no protection: whoever has it can do anything to the host.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub privileged: bool,
    /// What it sees as the host itself does.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub namespaces: BTreeSet<HostNamespace>,
    /// Capabilities beyond the usual ones.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub add_capabilities: BTreeSet<LinuxCapability>,
    /// Capabilities that it gives up.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub drop_capabilities: BTreeSet<LinuxCapability>,
    /// Devices of the host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
    /// Protections that do not hold for it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub unconfined: BTreeSet<Unconfined>,
    /// True if it says itself that no program of it may have more rights than what started it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_new_privileges: bool,
}

impl HostAccess {
    /// True if it asks for nothing and gives nothing up.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// True if it asks for more rights than others have, its folders, devices and namespaces aside.
    pub fn asks_for_privileges(&self) -> bool {
        self.privileged || !self.add_capabilities.is_empty() || !self.unconfined.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_as_nothing() {
        assert_eq!(serde_json::to_string(&HostAccess::default()).unwrap(), "{}");
        assert!(serde_json::from_str::<HostAccess>("{}").unwrap().is_empty());
    }
}
