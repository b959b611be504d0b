//! The built-in ingress.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eve_core::{
    Deadline, Env, EnvironmentId, Fences, HostName, OpCx, Result, RouteId, RouteTarget, ServiceName, naming,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::drains::Drains;
use crate::ports::Ports;
use crate::server::{Door, Doors, Listener, Shared, unbound};
use crate::state::{Keeper, StateFile, Stored};
use crate::table::{Route, RouteKey, Table};
use crate::{ProxyConfig, ProxyStats};

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
    pub(crate) doors: Doors,
    pub(crate) drains: Drains,
    pub(crate) fences: Arc<Fences>,
    pub(crate) keeper: Keeper,
    public: Mutex<Option<Listener>>,
    public_address: SocketAddr,
    pruning: Mutex<Option<DropGuard>>,
}

impl Proxy {
    /// Takes up what is stored, where the config names a folder, binds its addresses and begins to
    /// accept, on the tokio runtime around it. No request is accepted before every stored route is
    /// in force. A stored internal route whose port somebody else has stays shut: it is observed to
    /// lead nowhere, and preparing or switching it tries again. Tokens of operations are shown to
    /// `fences`, which other parts may share.
    ///
    /// # Errors
    /// `port.taken` if somebody else listens on the public port, `backend.io` if that address cannot
    /// be had for another reason; `state.version`,
    /// `state.unreadable`, `state.read_only`, `state.disk_full`, `state.io`.
    pub async fn start(config: ProxyConfig, env: Arc<dyn Env>, fences: Arc<Fences>) -> Result<Self> {
        let file = config.state.as_deref().map(StateFile::open).transpose()?;
        let stored = file.as_ref().map(StateFile::read).transpose()?.flatten();
        let stored_port = stored.as_ref().map(|stored| stored.public_port);

        let ports = Ports::new(
            config.internal_bind,
            config.internal_ports.clone(),
            config.port_seed.clone(),
            config.tries_ports,
        );
        let shared = Arc::new(Shared::new(config, env));
        let drains = stored.map_or_else(|| Ok(Drains::default()), |stored| take_up(stored, &shared, &ports))?;
        let doors = Doors::new(Arc::clone(&shared), ports);
        let public = open_doors(&doors, &shared, stored_port).await?;
        let public_address = public.address();
        doors.ports.reserve(public_address.port());

        let keeper = Keeper::new(file);
        if stored_port != Some(public_address.port()) {
            keeper.touch();
        }
        let stop = CancellationToken::new();
        shared.tasks.spawn(prune(Arc::clone(&shared), stop.clone()));
        let proxy = Self(Arc::new(Inner {
            shared,
            doors,
            drains,
            fences,
            keeper,
            public: Mutex::new(Some(public)),
            public_address,
            pruning: Mutex::new(Some(stop.drop_guard())),
        }));
        let settled = proxy.settle().await;
        if settled.is_err() {
            proxy.shutdown(Deadline::after(&*proxy.0.shared.env, Duration::ZERO)).await;
        }
        settled.map(|()| proxy)
    }

    /// The port that public requests come in by.
    pub fn public_port(&self) -> u16 {
        self.0.public_address.port()
    }

    /// Where requests of internal routes come in.
    pub fn internal_bind(&self) -> IpAddr {
        self.0.doors.ports.bind()
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
            in_flight: shared.in_flight(),
        }
    }

    /// True if it has no route, keeps no numbers of a drain, and nothing is under way.
    pub fn is_idle(&self) -> bool {
        let shared = &self.0.shared;
        shared.board.table().routes().next().is_none() && self.0.drains.is_empty() && shared.in_flight() == 0
    }

    /// True if nothing is stored that a proxy with this config would go on with: no route, and no number
    /// that was counted. Without a state folder there is none.
    ///
    /// # Errors
    /// `state.version`, `state.unreadable`, `state.io`.
    pub fn is_empty_in(config: &ProxyConfig) -> Result<bool> {
        let Some(folder) = &config.state else { return Ok(true) };
        let stored = StateFile::at(folder).read()?;
        Ok(stored.is_none_or(|stored| stored.is_idle()))
    }

    /// Takes every target out of its route that is not there any more: where an instance of a former
    /// life listened, somebody else may listen now. Such a route answers 503 until it is switched.
    /// Returns how many there were.
    ///
    /// # Errors
    /// `state.read_only`, `state.disk_full`, `state.io`.
    pub async fn withdraw_absent(&self, is_there: impl Fn(&RouteTarget) -> bool) -> Result<usize> {
        let gone = self.0.shared.board.change(|table| {
            let mut gone = 0;
            let next = table.routes().fold(None, |next: Option<Table>, route| {
                let away = route.targets.iter().filter(|target| !is_there(&target.record()));
                away.fold(next, |next, target| {
                    gone += 1;
                    let table = next.as_ref().unwrap_or(table);
                    let route = table.get(&route.key).unwrap_or(route).without(target.instance.who());
                    Some(table.with(Arc::new(route)))
                })
            });
            if next.is_some() {
                self.0.keeper.touch();
            }
            (next, gone)
        });
        self.settle().await?;
        Ok(gone)
    }

    /// Stops accepting, waits for what is under way, and cuts the rest at the deadline. Returns how
    /// many tasks had to be cut: connections and tunnels. What is stored stays.
    pub async fn shutdown(&self, deadline: Deadline) -> usize {
        let public = self.0.public.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.0.pruning.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(public) = public {
            public.close().await;
        }
        self.0.doors.hold().await.shut_all().await;
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

    /// Changes the table, unless a younger holder has come: the token is looked at under the lock
    /// that [`raise`](eve_core::Fencing::raise) takes too, so that every change is either visible
    /// before a token is raised above its own, or never made.
    pub(crate) fn commit<T>(&self, cx: &OpCx, change: impl FnOnce(&Table) -> Result<(Option<Table>, T)>) -> Result<T> {
        self.0.shared.board.change(|table| {
            let changed = self.0.fences.admit(&cx.environment, cx.fence).and_then(|()| change(table));
            match changed {
                Ok((next, told)) => {
                    if next.is_some() {
                        self.0.keeper.touch();
                    }
                    (next, Ok(told))
                }
                Err(error) => (None, Err(error)),
            }
        })
    }

    /// Returns when every change so far is stored.
    pub(crate) async fn settle(&self) -> Result<()> {
        let inner = &self.0;
        let state = || {
            // Under the board's lock, so that an instance that is being drained is among the
            // instances or its numbers are among the drains.
            inner.shared.board.change(|table| {
                let stored = Stored {
                    schema: Stored::SCHEMA,
                    public_port: self.public_port(),
                    generation: table.generation(),
                    routes: table.records(),
                    ports: inner.doors.ports.records(),
                    instances: inner.shared.instances.records(),
                    drains: inner.drains.records(),
                };
                (None, stored)
            })
        };
        inner.keeper.settle(state).await
    }

    /// Answers with what was done once it is stored.
    pub(crate) async fn settled<T>(&self, done: Result<T>) -> Result<T> {
        let stored = self.settle().await;
        let done = done?;
        stored.map(|()| done)
    }

    /// Where a request for a route comes in.
    pub(crate) fn door(&self, route: &Route) -> SocketAddr {
        if let Some(port) = route.port {
            return SocketAddr::new(self.0.doors.ports.bind(), port);
        }
        let ip = match self.0.public_address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.public_port())
    }
}

/// Puts everything in force that needs no address to be bound.
fn take_up(stored: Stored, shared: &Shared, ports: &Ports) -> Result<Drains> {
    ports.restore(stored.ports);
    shared.instances.restore(stored.instances);
    let routes = stored.routes.into_iter().map(|record| {
        let port = match &record.spec.id {
            RouteId::Internal { service } => Some(ports.of(&record.environment, service)?.port()),
            _ => None,
        };
        let targets = shared.targets(&record.environment, &record.targets);
        Ok(Route::new(RouteKey::new(&record.environment, &record.spec.id), record.spec, port, targets))
    });
    let table = Table::restored(stored.generation, routes.collect::<Result<Vec<_>>>()?);
    shared.board.change(|_| (Some(table), ()));
    Ok(Drains::restored(stored.drains))
}

/// Opens the public door, and those of stored internal routes as far as they can be had: what one
/// stranger holds keeps nobody else from being served.
async fn open_doors(doors: &Doors, shared: &Arc<Shared>, stored: Option<u16>) -> Result<Listener> {
    let mut held = doors.hold().await;
    for route in shared.board.table().routes() {
        if let Err(error) = held.reopen(route).await {
            let (environment, route) = (&route.key.environment, &route.key.id);
            tracing::warn!(%environment, %route, error = error.chain(), "a route stays shut");
        }
    }
    let opened = bind_public(shared, &doors.ports, stored).await;
    if opened.is_err() {
        held.shut_all().await;
    }
    opened
}

/// Opens the public door: at the port that is asked for, or at the one that it had, or at the first
/// free one.
async fn bind_public(shared: &Arc<Shared>, ports: &Ports, stored: Option<u16>) -> Result<Listener> {
    let config = &shared.config;
    let bind = async |port| {
        let address = SocketAddr::new(config.bind, port);
        (address, Listener::bind(shared, address, Door::Public).await)
    };
    let fixed = Some(config.port).filter(|port| *port != 0);
    if let Some(port) = fixed.or(stored) {
        let (address, bound) = bind(port).await;
        let hint = match fixed {
            Some(_) => "end what listens there, or ask for another port",
            None => "end what listens there: the public routes are known by this port; or ask for another one",
        };
        return bound.map_err(|error| unbound(address, error, hint));
    }
    let mut last = None;
    for port in ports.public() {
        match bind(port).await {
            (_, Ok(listener)) => return Ok(listener),
            (_, Err(error)) if error.kind() == io::ErrorKind::AddrInUse => last = Some((port, error)),
            (address, Err(error)) => return Err(unbound(address, error, "")),
        }
    }
    let (port, error) = last.unwrap_or((0, io::ErrorKind::AddrInUse.into()));
    Err(unbound(SocketAddr::new(config.bind, port), error, "give the proxy a larger range of ports"))
}

async fn prune(shared: Arc<Shared>, stop: CancellationToken) {
    while stop.run_until_cancelled(shared.env.sleep(PRUNE_EVERY)).await.is_some() {
        let now = shared.env.monotonic();
        for instance in shared.instances.all() {
            instance.pools().iter().for_each(|pool| pool.prune(now, shared.limits()));
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
