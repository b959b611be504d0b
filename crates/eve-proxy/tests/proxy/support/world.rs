//! A proxy and what an engine would do with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use eve_core::{
    Change, Deadline, Drained, Env, EnvironmentId, Fence, HostName, OpCx, OpId, Result, RouteId, RouteSpec,
    Routes as _, ServiceName, SystemEnv,
};
use eve_proxy::{Proxy, ProxyConfig};

use crate::support::{Answer, Server, get};

pub(crate) const HOST: &str = "web.shop.test";

/// A proxy, and one environment that uses it.
pub(crate) struct World {
    pub(crate) env: Arc<dyn Env>,
    pub(crate) proxy: Proxy,
    pub(crate) environment: EnvironmentId,
}

pub(crate) fn environment(name: &str) -> EnvironmentId {
    EnvironmentId::parse(&format!("acme/shop/{name}")).unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|config| config).await
    }

    pub(crate) async fn with(change: impl FnOnce(ProxyConfig) -> ProxyConfig) -> Self {
        Self::start(change(Self::config())).await.unwrap()
    }

    /// A config whose ports are nobody else's choice.
    pub(crate) fn config() -> ProxyConfig {
        static WORLDS: AtomicU64 = AtomicU64::new(0);
        let seed = format!("{} {}", std::process::id(), WORLDS.fetch_add(1, Ordering::Relaxed));
        let config = ProxyConfig::default();
        let ports = config.internal_ports.clone();
        config.with_internal_ports(ports, seed)
    }

    pub(crate) async fn start(config: ProxyConfig) -> Result<Self> {
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let proxy = Proxy::start(config, Arc::clone(&env), Arc::default()).await?;
        Ok(Self { env, proxy, environment: environment("test") })
    }

    pub(crate) fn cx(&self, operation: &str, within: Duration) -> OpCx {
        let deadline = Deadline::after(&*self.env, within);
        OpCx::new(Arc::clone(&self.env), self.environment.clone(), OpId::new(operation), Fence::new(1), deadline)
    }

    /// A context under another token.
    pub(crate) fn under(&self, fence: u64, operation: &str) -> OpCx {
        let mut cx = self.cx(operation, Duration::from_secs(60));
        cx.fence = Fence::new(fence);
        cx
    }

    /// A context with time enough on any machine.
    pub(crate) fn calm(&self) -> OpCx {
        self.cx("op", Duration::from_secs(60))
    }

    pub(crate) fn public(path: &str) -> RouteId {
        RouteId::Public { host: HostName::new(HOST).unwrap(), path: path.to_owned() }
    }

    pub(crate) fn internal(service: &str) -> RouteId {
        RouteId::Internal { service: ServiceName::new(service).unwrap() }
    }

    pub(crate) fn spec(id: RouteId) -> RouteSpec {
        let service = match &id {
            RouteId::Internal { service } => service.clone(),
            _ => ServiceName::new("web").unwrap(),
        };
        RouteSpec::new(id, service, 80)
    }

    pub(crate) async fn prepare(&self, id: &RouteId) -> Change {
        self.proxy.prepare(&Self::spec(id.clone()), &self.calm()).await.unwrap()
    }

    pub(crate) async fn switch(&self, id: &RouteId, to: &[&Server]) -> Result<Change> {
        let to: Vec<_> = to.iter().map(|server| server.target()).collect();
        self.proxy.switch(id, &to, &self.calm()).await
    }

    /// Prepares a route and leads it to servers.
    pub(crate) async fn lead(&self, id: &RouteId, to: &[&Server]) {
        self.prepare(id).await;
        self.switch(id, to).await.unwrap();
    }

    pub(crate) async fn drain(&self, server: &Server, operation: &str, within: Duration) -> Drained {
        self.proxy.drain(&server.instance(), &self.cx(operation, within)).await.unwrap()
    }

    pub(crate) fn port(&self) -> u16 {
        self.proxy.public_port()
    }

    pub(crate) async fn internal_port(&self, id: &RouteId) -> u16 {
        let address = self.proxy.address(&self.environment, &Self::spec(id.clone())).await.unwrap();
        address.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// Asks a public route on a connection of its own.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        get(self.port(), HOST, path).await.unwrap()
    }
}
