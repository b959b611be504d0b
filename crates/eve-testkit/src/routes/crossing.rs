//! A route table and two environments on it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::{
    Deadline, Env, EnvironmentId, Fence, ObservedRoute, OpCx, OpId, Result, RouteId, RouteSpec, RouteTarget, Routes,
    ServiceName,
};

use crate::failure::ensure_eq;
use crate::stage::Stage;
use crate::{Failure, HttpInstance, Outcome, RoutesHarness};

/// How long an operation may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// A token that no case shows: whoever cleans up is younger.
const LAST: u64 = 1000;

/// A route table without routes, and two environments that nobody else uses.
pub(super) struct Crossing {
    pub(super) harness: Arc<dyn RoutesHarness>,
    pub(super) routes: Arc<dyn Routes>,
    pub(super) env: Arc<dyn Env>,
    pub(super) environment: EnvironmentId,
    pub(super) neighbour: EnvironmentId,
    tag: String,
}

#[async_trait]
impl Stage<dyn RoutesHarness> for Crossing {
    async fn open(harness: Arc<dyn RoutesHarness>) -> Outcome<Self> {
        let (routes, env) = (harness.routes().await?, harness.env());
        let tag = format!("{:08x}", env.random() & 0xffff_ffff);
        let environment = EnvironmentId::parse(&format!("suite/case-{tag}/one"))?;
        let neighbour = EnvironmentId::parse(&format!("suite/case-{tag}/two"))?;
        Ok(Self { harness, routes, env, environment, neighbour, tag })
    }

    async fn close(self) {
        for environment in [&self.environment, &self.neighbour] {
            let Ok(left) = self.routes.observe(environment).await else { continue };
            for route in left {
                // What cannot be closed is the matter of the case about closing.
                let mut cx = self.cx(environment, "close");
                cx.fence = Fence::new(LAST);
                let _ = self.routes.close(&route.id, &cx).await;
            }
        }
        self.harness.close(self.routes).await;
    }
}

impl Crossing {
    /// A public and an internal route: every case holds for both.
    pub(super) fn both(&self) -> Result<[RouteSpec; 2]> {
        let web = ServiceName::new("web")?;
        let host = self.harness.host(&format!("web-{}", self.tag))?;
        let public = RouteId::Public { host, path: "/".to_owned() };
        let internal = RouteId::Internal { service: web.clone() };
        Ok([public, internal].map(|id| RouteSpec::new(id, web.clone(), 8080)))
    }

    pub(super) fn cx(&self, environment: &EnvironmentId, operation: &str) -> OpCx {
        self.cx_within(environment, operation, PATIENCE)
    }

    pub(super) fn cx_within(&self, environment: &EnvironmentId, operation: &str, within: Duration) -> OpCx {
        let deadline = Deadline::after(&*self.env, within);
        OpCx::new(self.env.clone(), environment.clone(), OpId::new(operation), Fence::new(1), deadline)
    }

    pub(super) async fn prepare(&self, route: &RouteSpec) -> Result<eve_core::Change> {
        self.routes.prepare(route, &self.cx(&self.environment, &format!("prepare {}", route.id))).await
    }

    pub(super) async fn switch(&self, route: &RouteSpec, to: &[RouteTarget]) -> Result<eve_core::Change> {
        self.routes.switch(&route.id, to, &self.cx(&self.environment, &format!("switch {}", route.id))).await
    }

    /// A route as it is observed.
    pub(super) async fn observed(&self, route: &RouteSpec) -> Outcome<Option<ObservedRoute>> {
        let all = self.routes.observe(&self.environment).await?;
        Ok(all.into_iter().find(|observed| observed.id == route.id))
    }

    /// Checks that a route leads to one instance, by what is observed and by a request.
    pub(super) async fn leads_to(&self, route: &RouteSpec, instance: &HttpInstance) -> Outcome {
        let observed = self.observed(route).await?.ok_or_else(|| Failure::new(format!("{} is not there", route.id)))?;
        ensure_eq!(observed.targets, [instance.target().clone()], "{} leads elsewhere", route.id);
        if self.harness.carries_requests() {
            let address = self.routes.address(&self.environment, route).await?;
            let name = instance.target().instance.object.name.to_string();
            ensure_eq!(self.harness.get(&address, "/").await?, (200, name), "the answer through {}", route.id);
        }
        Ok(())
    }
}
