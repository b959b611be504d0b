//! The built-in ingress.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eve_core::{
    Deadline, Env, EnvironmentId, Error, HostName, Result, RouteId, RouteTarget, ServiceName, codes, naming,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::drains::Drains;
use crate::fences::Fences;
use crate::ports::Ports;
use crate::server::{Door, Listener, Shared};
use crate::table::{Route, RouteKey, Target};
use crate::{ProxyConfig, ProxyStats, TableSnapshot};

/// How often idle connections to instances are looked at.
const PRUNE_EVERY: Duration = Duration::from_millis(500);

/// The built-in ingress: accepts requests and leads them to instances. Clones are one proxy.
///
/// Once every clone is dropped nothing is accepted any more; [`shutdown`](Self::shutdown) also
/// waits for what is under way.
#[derive(Clone)]
pub struct Proxy(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    pub(crate) ports: Ports,
    pub(crate) drains: Drains,
    pub(crate) fences: Fences,
    /// Listeners of internal routes. Held while the set of routes changes.
    pub(crate) internal: tokio::sync::Mutex<HashMap<RouteKey, Listener>>,
    public: Mutex<Option<Listener>>,
    public_address: SocketAddr,
    pruning: Mutex<Option<DropGuard>>,
}

impl Proxy {
    /// Binds the public address and begins to accept, on the tokio runtime around it.
    ///
    /// # Errors
    /// `port.taken` if somebody else listens there, `backend.io` if the address cannot be had for
    /// another reason.
    pub async fn start(config: ProxyConfig, env: Arc<dyn Env>) -> Result<Self> {
        let ports = Ports::new(config.internal_ports.clone(), config.port_seed.clone());
        let address = SocketAddr::new(config.bind, config.port);
        let shared = Arc::new(Shared::new(config, env));
        let public = Listener::bind(&shared, address, Door::Public).await.map_err(|error| unbound(address, error))?;
        let stop = CancellationToken::new();
        shared.tasks.spawn(prune(Arc::clone(&shared), stop.clone()));
        Ok(Self(Arc::new(Inner {
            shared,
            ports,
            drains: Drains::default(),
            fences: Fences::default(),
            internal: tokio::sync::Mutex::default(),
            public_address: public.address(),
            public: Mutex::new(Some(public)),
            pruning: Mutex::new(Some(stop.drop_guard())),
        })))
    }

    /// The port that public requests come in by.
    pub fn public_port(&self) -> u16 {
        self.0.public_address.port()
    }

    /// The public host of a service, below the proxy's domain.
    ///
    /// # Errors
    /// `name.invalid` if the whole would be longer than a host name may be.
    pub fn public_host(&self, service: &ServiceName, environment: &EnvironmentId) -> Result<HostName> {
        naming::public_host(service, environment, &self.0.shared.config.domain)
    }

    /// What it does, in numbers.
    pub fn stats(&self) -> ProxyStats {
        let shared = &self.0.shared;
        let table = shared.board.table();
        ProxyStats {
            routes: table.routes().count(),
            generation: table.generation(),
            connections: shared.connections(),
            requests: shared.requests(),
            in_flight: shared.instances.all().iter().map(|instance| instance.in_flight()).sum(),
        }
    }

    /// The table in force, in its stored form.
    pub fn snapshot(&self) -> TableSnapshot {
        self.0.shared.board.table().snapshot()
    }

    /// Puts the routes of another process in force, beside those that are there. Nothing is
    /// confirmed: they were, by whoever stored them.
    ///
    /// # Errors
    /// `state.version` if a newer version wrote them, `port.taken` or `backend.io` if an internal
    /// route's address cannot be had. Routes before that one are in force.
    pub async fn restore(&self, snapshot: &TableSnapshot) -> Result<()> {
        if snapshot.schema > TableSnapshot::SCHEMA {
            let text = format!("the table has version {}, known is {}", snapshot.schema, TableSnapshot::SCHEMA);
            return Err(Error::corrupt(codes::STATE_VERSION, text).with_hint("use the newer version of Eve"));
        }
        let mut internal = self.0.internal.lock().await;
        for record in &snapshot.routes {
            let key = RouteKey::new(&record.environment, &record.spec.id);
            if let (RouteId::Internal { service }, Some(port)) = (&key.id, record.port) {
                self.0.ports.adopt(&key.environment, service, port);
            }
            let port = self.0.listen(&mut internal, &key).await?;
            let targets = self.0.targets(&record.environment, &record.targets);
            let route = Arc::new(Route::new(key, record.spec.clone(), port, targets));
            self.0.shared.board.change(|table| (Some(table.with(route)), ()));
        }
        Ok(())
    }

    /// Stops accepting, waits for what is under way, and cuts the rest at the deadline. Returns how
    /// many tasks had to be cut: connections and tunnels.
    pub async fn shutdown(&self, deadline: Deadline) -> usize {
        let public = self.0.public.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.0.pruning.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(public) = public {
            public.close().await;
        }
        for (_, listener) in self.0.internal.lock().await.drain() {
            listener.close().await;
        }
        let shared = &self.0.shared;
        for instance in shared.instances.all() {
            instance.pools().iter().for_each(|pool| pool.close());
        }
        shared.tasks.close();
        if deadline.limit(&*shared.env, "connections to end", shared.tasks.wait()).await.is_ok() {
            return 0;
        }
        let left = shared.tasks.len();
        shared.abort.cancel();
        shared.tasks.wait().await;
        left
    }
}

impl Inner {
    /// Sees that an internal route's door is open; returns its port.
    pub(crate) async fn listen(
        &self,
        internal: &mut HashMap<RouteKey, Listener>,
        key: &RouteKey,
    ) -> Result<Option<u16>> {
        let service = match &key.id {
            RouteId::Internal { service } => service,
            RouteId::Public { .. } => return Ok(None),
            _ => return Err(unsupported(&key.id)),
        };
        if let Some(listener) = internal.get(key) {
            return Ok(Some(listener.address().port()));
        }
        let port = self.ports.of(&key.environment, service)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = Listener::bind(&self.shared, address, Door::Internal(key.clone())).await.map_err(|error| {
            self.ports.taken(&key.environment, service, port);
            unbound(address, error)
        })?;
        internal.insert(key.clone(), listener);
        Ok(Some(port))
    }

    /// Targets in their live form.
    pub(crate) fn targets(&self, environment: &EnvironmentId, to: &[RouteTarget]) -> Vec<Arc<Target>> {
        to.iter()
            .map(|target| {
                let instance = self.shared.instances.enter(environment, &target.instance);
                let pool = instance.pool(&target.address);
                Arc::new(Target { instance, address: target.address.clone(), pool })
            })
            .collect()
    }

    /// Where a request for a route comes in.
    pub(crate) fn door(&self, route: &Route) -> SocketAddr {
        if let Some(port) = route.port {
            return SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        }
        let ip = match self.public_address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.public_address.port())
    }
}

pub(crate) fn unsupported(id: &RouteId) -> Error {
    Error::unsupported(codes::CAPABILITY_UNSUPPORTED, format!("the built-in ingress has no routes like {id}"))
}

fn unbound(address: SocketAddr, error: io::Error) -> Error {
    let wrapped = if error.kind() == io::ErrorKind::AddrInUse {
        Error::conflict(codes::PORT_TAKEN, format!("somebody else listens on {address}"))
            .with_hint("end what listens there; another try chooses another port where Eve may choose")
    } else {
        Error::failed(codes::BACKEND_IO, format!("{address} cannot be listened on"))
    };
    wrapped.with_source(error)
}

async fn prune(shared: Arc<Shared>, stop: CancellationToken) {
    while stop.run_until_cancelled(shared.env.sleep(PRUNE_EVERY)).await.is_some() {
        let now = shared.env.monotonic();
        for instance in shared.instances.all() {
            instance.pools().iter().for_each(|pool| pool.prune(now, shared.config.idle_timeout));
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("public", &self.0.public_address).finish_non_exhaustive()
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("eve-proxy")
    }
}
