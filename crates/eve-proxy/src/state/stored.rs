//! The stored form of a proxy.

use eve_core::{Error, Result, codes};
use serde::{Deserialize, Serialize};

use crate::drains::DrainRecord;
use crate::instance::InstanceRecord;
use crate::ports::PortRecord;
use crate::table::RouteRecord;

/// What another process needs to lead the same requests, at the same ports, to the same instances,
/// and to tell the same numbers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) schema: u32,
    pub(crate) public_port: u16,
    /// Counts the changes of the table.
    pub(crate) generation: u64,
    pub(crate) routes: Vec<RouteRecord>,
    /// The ports that were given to internal routes, or promised to them.
    pub(crate) ports: Vec<PortRecord>,
    /// The instances that were a target and are not drained yet.
    pub(crate) instances: Vec<InstanceRecord>,
    pub(crate) drains: Vec<DrainRecord>,
}

/// What every version can read.
#[derive(Deserialize)]
struct Head {
    schema: u32,
}

impl Stored {
    /// The version of this form that is written.
    pub(crate) const SCHEMA: u32 = 1;

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let Head { schema } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if schema > Self::SCHEMA {
            let text = format!("the stored routes have form {schema}, this version reads {}", Self::SCHEMA);
            return Err(Error::corrupt(codes::STATE_VERSION, text)
                .with_hint("use the newer version that wrote them, or another state directory"));
        }
        serde_json::from_slice(bytes).map_err(unreadable)
    }

    /// True if a proxy that goes on with this has nothing to lead and nothing to tell. Instances alone, to
    /// which nothing leads, are nothing.
    pub(crate) fn is_idle(&self) -> bool {
        self.routes.is_empty() && self.drains.is_empty()
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self)
            .map_err(|error| Error::internal(codes::INTERNAL_ENCODE, "routes have no stored form").with_source(error))
    }
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::corrupt(codes::STATE_UNREADABLE, "the stored routes are damaged")
        .with_hint(
            "move the folder of the stored routes away: the next deploy of each environment makes its routes anew",
        )
        .with_source(error)
}
