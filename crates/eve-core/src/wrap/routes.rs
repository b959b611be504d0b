//! Routes with something around them.

use async_trait::async_trait;

use super::{Around, Call, Method, Wrap};
use crate::{
    Change, Drained, EnvironmentId, Fencing, InstanceRef, ObservedRoute, OpCx, OpId, Result, RouteId, RouteSpec,
    RouteTarget, Routes,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<R: Routes, A: Around> Routes for Wrap<R, A> {
    async fn address(&self, env: &EnvironmentId, route: &RouteSpec) -> Result<String> {
        self.around.call(Call::about(Method::RoutesAddress, env), || self.inner.address(env, route)).await
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Vec<ObservedRoute>> {
        self.around.call(Call::about(Method::RoutesObserve, env), || self.inner.observe(env)).await
    }

    async fn prepare(&self, route: &RouteSpec, cx: &OpCx) -> Result<Change> {
        self.around.call(Call::operation(Method::RoutesPrepare, cx), || self.inner.prepare(route, cx)).await
    }

    async fn switch(&self, route: &RouteId, to: &[RouteTarget], cx: &OpCx) -> Result<Change> {
        self.around.call(Call::operation(Method::RoutesSwitch, cx), || self.inner.switch(route, to, cx)).await
    }

    async fn drain(&self, instance: &InstanceRef, cx: &OpCx) -> Result<Drained> {
        self.around.call(Call::operation(Method::RoutesDrain, cx), || self.inner.drain(instance, cx)).await
    }

    async fn forget(&self, drain: &OpId, cx: &OpCx) -> Result<()> {
        self.around.call(Call::operation(Method::RoutesForget, cx), || self.inner.forget(drain, cx)).await
    }

    async fn close(&self, route: &RouteId, cx: &OpCx) -> Result<Change> {
        self.around.call(Call::operation(Method::RoutesClose, cx), || self.inner.close(route, cx)).await
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        self.inner.fencing()
    }
}
