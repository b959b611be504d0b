//! Public and internal routes that are different hands' work.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Change, Drained, EnvironmentId, Fence, Fencing, InstanceRef, ObservedRoute, OpCx, OpId, Result, RouteId, RouteSpec,
    RouteTarget, Routes,
};

/// Leads public requests by one hand, and those between services by another: a proxy outside of a cluster beside the
/// cluster's own Services, say.
#[derive(Debug, Clone)]
pub struct SplitRoutes {
    public: Arc<dyn Routes>,
    internal: Arc<dyn Routes>,
}

impl SplitRoutes {
    /// Two hands.
    pub fn new(public: Arc<dyn Routes>, internal: Arc<dyn Routes>) -> Self {
        Self { public, internal }
    }

    fn of(&self, route: &RouteId) -> &dyn Routes {
        if route.is_public() { &*self.public } else { &*self.internal }
    }

    fn both(&self) -> [&dyn Routes; 2] {
        [&*self.public, &*self.internal]
    }
}

#[async_trait]
impl Routes for SplitRoutes {
    async fn address(&self, env: &EnvironmentId, route: &RouteSpec) -> Result<String> {
        self.of(&route.id).address(env, route).await
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Vec<ObservedRoute>> {
        let (mut seen, more) = futures_util::try_join!(self.public.observe(env), self.internal.observe(env))?;
        seen.extend(more);
        Ok(seen)
    }

    async fn prepare(&self, route: &RouteSpec, cx: &OpCx) -> Result<Change> {
        self.of(&route.id).prepare(route, cx).await
    }

    async fn switch(&self, route: &RouteId, to: &[RouteTarget], cx: &OpCx) -> Result<Change> {
        self.of(route).switch(route, to, cx).await
    }

    async fn drain(&self, instance: &InstanceRef, cx: &OpCx) -> Result<Drained> {
        let (a, b) = futures_util::try_join!(self.public.drain(instance, cx), self.internal.drain(instance, cx))?;
        Ok(a.and(b))
    }

    async fn forget(&self, drain: &OpId, cx: &OpCx) -> Result<()> {
        futures_util::try_join!(self.public.forget(drain, cx), self.internal.forget(drain, cx)).map(drop)
    }

    async fn close(&self, route: &RouteId, cx: &OpCx) -> Result<Change> {
        self.of(route).close(route, cx).await
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        self.both().iter().any(|hand| hand.fencing().is_some()).then_some(self as &dyn Fencing)
    }
}

#[async_trait]
impl Fencing for SplitRoutes {
    async fn raise(&self, env: &EnvironmentId, fence: Fence) -> Result<()> {
        for fencing in self.both().into_iter().filter_map(Routes::fencing) {
            fencing.raise(env, fence).await?;
        }
        Ok(())
    }
}

impl fmt::Display for SplitRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, and {} between services", self.public, self.internal)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::memory::MemoryRoutes;
    use crate::{Deadline, Env, HostName, ServiceName, SystemEnv};

    #[tokio::test]
    async fn each_route_has_its_own_hand_and_all_are_seen() {
        let (public, internal) = (MemoryRoutes::new(), MemoryRoutes::new());
        let routes = SplitRoutes::new(Arc::new(public.clone()), Arc::new(internal.clone()));
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let environment = EnvironmentId::parse("acme/shop/dev").unwrap();
        let deadline = Deadline::after(&*env, Duration::from_secs(5));
        let cx = OpCx::new(env, environment.clone(), OpId::new("prepare"), Fence::new(1), deadline);
        let web = ServiceName::new("web").unwrap();
        let host = HostName::new("web.example.org").unwrap();
        let ids = [RouteId::Public { host, path: "/".to_owned() }, RouteId::Internal { service: web.clone() }];
        for id in ids {
            routes.prepare(&RouteSpec::new(id, web.clone(), 80), &cx).await.unwrap();
        }
        assert_eq!((public.calls().prepare, internal.calls().prepare), (1, 1));
        assert_eq!(routes.observe(&environment).await.unwrap().len(), 2);
    }
}
