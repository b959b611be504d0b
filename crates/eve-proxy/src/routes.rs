//! The verbs of the seam.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{
    Change, ChangeOutcome, Drained, EnvironmentId, Error, Fence, Fencing, InstanceRef, ObservedRoute, OpCx, OpId,
    Result, RouteId, RouteSpec, RouteTarget, Routes, codes,
};

use crate::Proxy;
use crate::ports::Given;
use crate::server::unsupported;
use crate::table::{Route, RouteKey, Table};

#[async_trait]
impl Routes for Proxy {
    async fn address(&self, env: &EnvironmentId, route: &RouteSpec) -> Result<String> {
        match &route.id {
            RouteId::Public { host, path } => {
                Ok(format!("http://{host}:{}{}", self.public_port(), path.trim_end_matches('/')))
            }
            RouteId::Internal { service } => {
                let given = self.0.doors.ports.of(env, service)?;
                if let Given::Now(_) = given {
                    self.0.keeper.touch();
                }
                self.settle().await?;
                Ok(format!("http://{}", SocketAddr::new(self.0.doors.ports.bind(), given.port())))
            }
            other => Err(unsupported(other)),
        }
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Vec<ObservedRoute>> {
        let doors = self.0.doors.hold().await;
        let table = self.0.shared.board.table();
        let mut routes: Vec<_> = table.routes_of(env).collect();
        routes.sort_by(|a, b| a.key.cmp(&b.key));
        routes
            .into_iter()
            .map(|route| {
                let led_to = route.targets.iter().filter(|_| doors.lets_in(route));
                let targets = led_to.map(|target| target.record()).collect();
                Ok(ObservedRoute::new(route.key.id.clone(), route.spec.service.clone(), route.spec.hash()?, targets))
            })
            .collect()
    }

    async fn prepare(&self, route: &RouteSpec, cx: &OpCx) -> Result<Change> {
        self.settled(self.make(route, cx).await).await
    }

    async fn switch(&self, route: &RouteId, to: &[RouteTarget], cx: &OpCx) -> Result<Change> {
        self.settled(self.lead(route, to, cx).await).await
    }

    async fn drain(&self, instance: &InstanceRef, cx: &OpCx) -> Result<Drained> {
        self.settled(self.empty(instance, cx).await).await
    }

    async fn forget(&self, drain: &OpId, cx: &OpCx) -> Result<()> {
        let forgotten = self.commit(cx, |_| {
            if self.0.drains.forget(&cx.environment, drain) {
                self.0.keeper.touch();
            }
            Ok((None, ()))
        });
        self.settled(forgotten).await
    }

    async fn close(&self, route: &RouteId, cx: &OpCx) -> Result<Change> {
        self.settled(self.unmake(route, cx).await).await
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        Some(self)
    }
}

#[async_trait]
impl Fencing for Proxy {
    /// Also takes back the switches of older holders that are not confirmed yet: nobody else would.
    async fn raise(&self, env: &EnvironmentId, fence: Fence) -> Result<()> {
        let raised = self.0.shared.board.change(|table| match self.0.fences.admit(env, fence) {
            Ok(()) => {
                let abandoned = table.routes_of(env).filter(|route| route.is_abandoned(fence));
                let next = table.with_all(abandoned.map(|route| Arc::clone(route.confirmed())));
                if next.is_some() {
                    self.0.keeper.touch();
                }
                (next, Ok(()))
            }
            Err(error) => (None, Err(error)),
        });
        self.settled(raised).await
    }
}

impl Proxy {
    /// Makes a route, or brings it to its spec.
    async fn make(&self, route: &RouteSpec, cx: &OpCx) -> Result<Change> {
        self.0.fences.admit(&cx.environment, cx.fence)?;
        let key = RouteKey::new(&cx.environment, &route.id);
        let mut doors = self.0.doors.hold().await;
        let table = self.0.shared.board.table();
        if let Some(holder) = table.holder(&key) {
            let text = format!("{} leads to {} already", key.id, holder.key.environment);
            return Err(Error::conflict(codes::ROUTE_TAKEN, text).with_hint("choose another host or path"));
        }
        if table.get(&key).is_none() {
            // A port may be given, or found taken.
            self.0.keeper.touch();
        }
        let port = match table.get(&key) {
            Some(route) => doors.reopen(route).await?,
            None => doors.open(&key).await?,
        };
        let made = self.commit(cx, |table| {
            let (next, outcome) = match table.get(&key) {
                Some(old) if old.spec == *route => (None, ChangeOutcome::Unchanged),
                Some(old) => (Some(table.with(Arc::new(old.with_spec(route)))), ChangeOutcome::Updated),
                None => {
                    let new = Route::new(key.clone(), route.clone(), port, Vec::new());
                    (Some(table.with(Arc::new(new))), ChangeOutcome::Created)
                }
            };
            let version = next.as_ref().map_or(table.generation(), Table::generation);
            Ok((next, Change::new(outcome, version)))
        });
        if made.is_err() && self.0.shared.board.table().get(&key).is_none() {
            doors.shut(&key).await;
        }
        made
    }

    /// Removes a route, and frees its address.
    async fn unmake(&self, route: &RouteId, cx: &OpCx) -> Result<Change> {
        self.0.fences.admit(&cx.environment, cx.fence)?;
        let key = RouteKey::new(&cx.environment, route);
        let mut doors = self.0.doors.hold().await;
        let change = self.commit(cx, |table| {
            if table.get(&key).is_none() {
                return Ok((None, Change::new(ChangeOutcome::Skipped, table.generation())));
            }
            let next = table.without(&key);
            let version = next.generation();
            Ok((Some(next), Change::new(ChangeOutcome::Deleted, version)))
        })?;
        doors.shut(&key).await;
        if let RouteId::Internal { service } = route
            && self.0.doors.ports.release(&cx.environment, service)
        {
            self.0.keeper.touch();
        }
        Ok(change)
    }
}
