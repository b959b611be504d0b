//! What planning needs to know besides the objects.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use eve_core::{Body, ObjectName, Observed, Result};
use serde::{Deserialize, Serialize};

use crate::subnet::Subnet;

/// Subnets and addresses that are in use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Facts {
    /// The environment's own subnet, once it has a network.
    pub(super) subnet: Option<Subnet>,
    /// The subnets of other networks, of the engine and of this machine. Only asked for while the environment has none.
    pub(super) taken: Vec<Subnet>,
    /// The addresses of the environment's containers.
    pub(super) addresses: BTreeMap<ObjectName, Ipv4Addr>,
}

impl Facts {
    const KEY: &str = "network";

    /// Writes them down.
    ///
    /// # Errors
    /// `internal.encode` never happens for this type; the signature keeps the check.
    pub(super) fn put(&self, seen: &mut Observed) -> Result<()> {
        seen.facts.insert(Self::KEY.to_owned(), Body::of(self)?);
        Ok(())
    }

    /// Reads them back.
    ///
    /// # Errors
    /// `state.unreadable` for what another backend observed.
    pub(super) fn of(seen: &Observed) -> Result<Self> {
        seen.facts.get(Self::KEY).map_or(Ok(Self::default()), Body::decode)
    }
}
