//! What is needed to look after a container, written on it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use eve_core::desired::{HealthCheck, Restart};
use eve_core::{Address, Result, ServiceName};
use serde::{Deserialize, Serialize};

/// What is needed to look after a container: whoever finds it needs no plan for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Care {
    pub(crate) service: ServiceName,
    pub(crate) address: Ipv4Addr,
    /// The ports that it listens on, the first one that routes lead to.
    pub(crate) ports: Vec<u16>,
    pub(crate) health: Option<HealthCheck>,
    pub(crate) restart: Restart,
    pub(crate) stop_grace: Duration,
    /// How much the engine keeps of what it writes: files, and bytes of each.
    pub(crate) logs: (u32, u64),
}

impl Care {
    /// As it is written on a container.
    ///
    /// # Errors
    /// `internal.encode` never happens for this type; the signature keeps the check.
    pub(crate) fn write(&self) -> Result<String> {
        Ok(eve_core::Body::of(self)?.as_str().to_owned())
    }

    /// As it was written; none if this version cannot read it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        eve_core::Body::from_canonical(text).decode().ok()
    }

    /// Where a port can be reached from the engine's host.
    pub(crate) fn at(&self, port: u16) -> Address {
        Address::new(self.address.to_string(), port)
    }

    /// Where each port can be reached from the engine's host.
    pub(crate) fn addresses(&self) -> BTreeMap<u16, Address> {
        self.ports.iter().map(|port| (*port, self.at(*port))).collect()
    }
}
