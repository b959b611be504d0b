//! The routes of another process.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use eve::plan::wanted_routes;
use eve::proxy::Proxy;
use eve::{
    Change, Drained, Engine, EnvironmentId, Error, InstanceRef, Journal, Object, ObjectState, ObservedRoute, OpCx,
    OpId, Result, RouteId, RouteSpec, RouteTarget, Routes, Runtime, SystemEnv, codes,
};

/// The routes of the process that holds an environment, as they follow from its ledger and from
/// the instances that run: when a deploy has succeeded, every route of its release leads to them. A
/// holder that is gone has its routes again when the next one begins, as far as instances are there.
#[derive(Debug)]
pub(super) struct HeldRoutes {
    addresses: Proxy,
    runtime: Arc<dyn Runtime>,
    /// Reads the ledger, and is asked for nothing else.
    ledger: Engine,
}

impl HeldRoutes {
    pub(super) fn new(addresses: Proxy, runtime: Arc<dyn Runtime>, journal: Arc<dyn Journal>) -> Result<Self> {
        let ledger = Engine::builder(Arc::new(SystemEnv::new())).journal(journal).in_memory().build()?;
        Ok(Self { addresses, runtime, ledger })
    }
}

#[async_trait]
impl Routes for HeldRoutes {
    async fn address(&self, env: &EnvironmentId, route: &RouteSpec) -> Result<String> {
        self.addresses.address(env, route).await
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Vec<ObservedRoute>> {
        let live: Vec<_> = self.runtime.observe(env).await?.objects;
        let live: Vec<_> = live.into_iter().filter(|object| object.state == ObjectState::Ready).collect();
        let ledger = self.ledger.ledger(env).await?;
        let Some(current) = ledger.current().filter(|_| !live.is_empty()) else { return Ok(Vec::new()) };
        let target = |route: &RouteSpec, object: &Object| {
            let address =
                object.addresses.get(&route.port).filter(|_| object.service.as_ref() == Some(&route.service))?;
            Some(RouteTarget { instance: object.instance(), address: address.clone() })
        };
        let routes = wanted_routes(&current.desired).into_iter().map(|route| {
            let targets = live.iter().filter_map(|object| target(&route, object)).collect();
            Ok(ObservedRoute::new(route.id.clone(), route.service.clone(), route.hash()?, targets))
        });
        routes.collect()
    }

    async fn prepare(&self, _: &RouteSpec, _: &OpCx) -> Result<Change> {
        Err(read_only())
    }

    async fn switch(&self, _: &RouteId, _: &[RouteTarget], _: &OpCx) -> Result<Change> {
        Err(read_only())
    }

    async fn drain(&self, _: &InstanceRef, _: &OpCx) -> Result<Drained> {
        Err(read_only())
    }

    async fn forget(&self, _: &OpId, _: &OpCx) -> Result<()> {
        Err(read_only())
    }

    async fn close(&self, _: &RouteId, _: &OpCx) -> Result<Change> {
        Err(read_only())
    }
}

impl fmt::Display for HeldRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("routes of the process that holds the environment")
    }
}

fn read_only() -> Error {
    Error::denied(codes::STATE_READ_ONLY, "routes of another process can only be looked at")
}
