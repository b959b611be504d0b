//! One thing that a service asks of the host.

use std::fmt;

use crate::desired::{Bind, Device, HostNamespace, LinuxCapability, Unconfined};

/// One thing that a service asks of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostUse {
    /// A folder or file of the host.
    Bind(Bind),
    /// A socket or state by which an engine is steered, or what holds one.
    EngineSocket(Bind),
    /// Everything.
    Privileged,
    /// Seeing as the host sees.
    Namespace(HostNamespace),
    /// A capability.
    Capability(LinuxCapability),
    /// A device.
    Device(Device),
    /// A protection that is switched off.
    Unconfined(Unconfined),
}

impl fmt::Display for HostUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(bind) => {
                write!(
                    f,
                    "binds {} of the host, {}",
                    bind.source,
                    if bind.read_only { "to read it" } else { "to write it" }
                )
            }
            Self::EngineSocket(bind) => {
                write!(f, "binds {} of the host, and so reaches what an engine is steered by", bind.source)
            }
            Self::Privileged => f.write_str("is privileged"),
            Self::Namespace(namespace) => write!(f, "shares the {namespace} namespace of the host"),
            Self::Capability(capability) if capability.is_all() => f.write_str("has all capabilities"),
            Self::Capability(capability) => write!(f, "has the capability {capability}"),
            Self::Device(device) => write!(f, "uses the device {} of the host", device.source),
            Self::Unconfined(what) => write!(f, "switches off {what}"),
        }
    }
}
