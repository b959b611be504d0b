//! A client's connection.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use crate::table::RouteKey;

/// What a listener leads to.
#[derive(Debug)]
pub(crate) enum Door {
    /// All public routes, by host and path.
    Public,
    /// One internal route.
    Internal(RouteKey),
}

/// A client's connection, as its requests see it.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) door: Arc<Door>,
    pub(crate) peer: IpAddr,
    /// The place among the listener's connections; a tunnel holds it on.
    pub(crate) permit: Arc<OwnedSemaphorePermit>,
}
