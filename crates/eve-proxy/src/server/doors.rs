//! The doors of internal routes.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use eve_core::{Error, Result, RouteId, codes};
use tokio::sync::{Mutex, MutexGuard};

use crate::ports::Ports;
use crate::server::{Door, Listener, Shared};
use crate::table::{Route, RouteKey};

/// The doors of internal routes: which port each has, and who listens there.
#[derive(Debug)]
pub(crate) struct Doors {
    shared: Arc<Shared>,
    pub(crate) ports: Ports,
    open: Mutex<HashMap<RouteKey, Listener>>,
}

/// The doors, held by one operation while the set of routes changes.
#[derive(Debug)]
pub(crate) struct HeldDoors<'a> {
    doors: &'a Doors,
    open: MutexGuard<'a, HashMap<RouteKey, Listener>>,
}

impl Doors {
    pub(crate) fn new(shared: Arc<Shared>, ports: Ports) -> Self {
        Self { shared, ports, open: Mutex::default() }
    }

    /// Waits until no other operation holds them.
    pub(crate) async fn hold(&self) -> HeldDoors<'_> {
        HeldDoors { doors: self, open: self.open.lock().await }
    }
}

impl HeldDoors<'_> {
    /// Sees that an internal route's door is open; returns its port.
    ///
    /// # Errors
    /// `port.taken`: then the route's address will be another one. `backend.io`.
    pub(crate) async fn open(&mut self, key: &RouteKey) -> Result<Option<u16>> {
        let service = match &key.id {
            RouteId::Internal { service } => service,
            RouteId::Public { .. } => return Ok(None),
            other => return Err(unsupported(other)),
        };
        if let Some(listener) = self.open.get(key) {
            return Ok(Some(listener.address().port()));
        }
        let ports = &self.doors.ports;
        let port = ports.of(&key.environment, service)?.port();
        let address = SocketAddr::new(ports.bind(), port);
        let door = Door::Internal(key.clone());
        let listener = Listener::bind(&self.doors.shared, address, door).await.map_err(|error| {
            ports.taken(&key.environment, service, port);
            unbound(address, error, "end what listens there, or try again: the route gets another address then")
        })?;
        self.open.insert(key.clone(), listener);
        Ok(Some(port))
    }

    /// Sees that the door of a route that exists is open, at the port that it has or not at all: it
    /// was left shut if somebody else listened there at the start. Returns its port.
    ///
    /// # Errors
    /// `port.taken`, `backend.io`.
    pub(crate) async fn reopen(&mut self, route: &Route) -> Result<Option<u16>> {
        let (key, Some(port)) = (&route.key, route.port) else { return Ok(None) };
        if self.lets_in(route) {
            return Ok(Some(port));
        }
        let address = SocketAddr::new(self.doors.ports.bind(), port);
        let door = Door::Internal(key.clone());
        let listener = Listener::bind(&self.doors.shared, address, door).await.map_err(|error| {
            let hint =
                format!("end what listens there: services of {} know {} by this address", key.environment, key.id);
            unbound(address, error, &hint)
        })?;
        self.open.insert(key.clone(), listener);
        Ok(Some(port))
    }

    /// Whether requests for a route can come in: a public one has no door of its own.
    pub(crate) fn lets_in(&self, route: &Route) -> bool {
        route.port.is_none() || self.open.contains_key(&route.key)
    }

    /// Closes a route's door; its port stays its own.
    pub(crate) async fn shut(&mut self, key: &RouteKey) {
        if let Some(listener) = self.open.remove(key) {
            listener.close().await;
        }
    }

    /// Closes every door.
    pub(crate) async fn shut_all(&mut self) {
        for (_, listener) in self.open.drain() {
            listener.close().await;
        }
    }
}

pub(crate) fn unsupported(id: &RouteId) -> Error {
    Error::unsupported(codes::CAPABILITY_UNSUPPORTED, format!("the built-in ingress has no routes like {id}"))
}

/// Why an address cannot be listened on.
pub(crate) fn unbound(address: SocketAddr, error: io::Error, hint: &str) -> Error {
    let wrapped = if error.kind() == io::ErrorKind::AddrInUse {
        Error::conflict(codes::PORT_TAKEN, format!("somebody else listens on {address}")).with_hint(hint)
    } else {
        Error::failed(codes::BACKEND_IO, format!("{address} cannot be listened on"))
    };
    wrapped.with_source(error)
}
