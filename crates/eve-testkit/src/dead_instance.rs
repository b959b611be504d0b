//! An instance at whose address nobody listens.

use std::net::{Ipv4Addr, SocketAddr};

use eve_core::{Error, Result, RouteTarget, codes};
use tokio::net::TcpSocket;

use crate::http::target;

/// An instance at whose address nobody listens, as long as this is there: a socket is bound to it and
/// refuses every connection, so that the port is given to nobody else.
#[derive(Debug)]
pub struct DeadInstance {
    target: RouteTarget,
    _port: TcpSocket,
}

impl DeadInstance {
    /// One of this name.
    ///
    /// # Errors
    /// `backend.io` if no loopback port can be had; `name.invalid` for a name that no object has.
    pub fn new(name: &str) -> Result<Self> {
        let refused = |e| Error::unavailable(codes::BACKEND_IO, "no loopback port can be had").with_source(e);
        let socket = TcpSocket::new_v4().map_err(refused)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).map_err(refused)?;
        let port = socket.local_addr().map_err(refused)?.port();
        Ok(Self { target: target(name, port)?, _port: socket })
    }

    /// The instance as a route's target.
    pub fn target(&self) -> &RouteTarget {
        &self.target
    }
}
