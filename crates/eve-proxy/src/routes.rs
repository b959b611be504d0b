//! The verbs of the seam.

use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{
    Cancel, Change, ChangeOutcome, Drained, EnvironmentId, Error, InstanceRef, ObservedRoute, OpCx, Result, RouteId,
    RouteSpec, RouteTarget, Routes, codes,
};

use crate::Proxy;
use crate::proxy::unsupported;
use crate::table::{Route, RouteKey, Table, Target};

#[async_trait]
impl Routes for Proxy {
    fn address(&self, env: &EnvironmentId, route: &RouteSpec) -> Result<String> {
        match &route.id {
            RouteId::Public { host, path } => {
                Ok(format!("http://{host}:{}{}", self.public_port(), path.trim_end_matches('/')))
            }
            RouteId::Internal { service } => Ok(format!("http://127.0.0.1:{}", self.0.ports.of(env, service)?)),
            other => Err(unsupported(other)),
        }
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Vec<ObservedRoute>> {
        let table = self.0.shared.board.table();
        let mut routes: Vec<_> = table.routes().filter(|route| route.key.environment == *env).collect();
        routes.sort_by(|a, b| a.key.cmp(&b.key));
        routes
            .into_iter()
            .map(|route| {
                let targets = route.targets.iter().map(|target| target.record()).collect();
                Ok(ObservedRoute::new(route.key.id.clone(), route.spec.service.clone(), route.spec.hash()?, targets))
            })
            .collect()
    }

    async fn prepare(&self, route: &RouteSpec, cx: &OpCx) -> Result<Change> {
        self.0.fences.pass(cx)?;
        let key = RouteKey::new(&cx.environment, &route.id);
        let mut internal = self.0.internal.lock().await;
        let board = &self.0.shared.board;
        if let Some(holder) = board.table().holder(&key) {
            let text = format!("{} leads to {} already", key.id, holder.key.environment);
            return Err(Error::conflict(codes::ROUTE_TAKEN, text).with_hint("choose another host or path"));
        }
        let port = self.0.listen(&mut internal, &key).await?;
        Ok(board.change(|table| {
            let (next, outcome) = match table.get(&key) {
                Some(old) if old.spec == *route => (None, ChangeOutcome::Unchanged),
                Some(old) => (Some(table.with(Arc::new(old.with_spec(route.clone())))), ChangeOutcome::Updated),
                None => {
                    let new = Route::new(key.clone(), route.clone(), port, Vec::new());
                    (Some(table.with(Arc::new(new))), ChangeOutcome::Created)
                }
            };
            let version = next.as_ref().map_or(table.generation(), Table::generation);
            (next, Change::new(outcome, version))
        }))
    }

    async fn switch(&self, route: &RouteId, to: &[RouteTarget], cx: &OpCx) -> Result<Change> {
        self.0.fences.pass(cx)?;
        cx.cancel.check()?;
        let key = RouteKey::new(&cx.environment, route);
        let board = &self.0.shared.board;
        let table = board.table();
        let before = table.get(&key).ok_or_else(|| unknown(&key))?;
        if to.is_empty() {
            return Err(Error::conflict(codes::ROUTE_NO_TARGET, format!("{route} is to be led to no instance"))
                .with_hint("close the route instead"));
        }
        let mut to = to.to_vec();
        to.sort();
        to.dedup();
        if leads_to_all(before, &to) {
            return Ok(Change::new(ChangeOutcome::Unchanged, table.generation()));
        }
        let targets = self.0.targets(&cx.environment, &to);
        let switched = self.lead(before, targets, cx).await;
        if switched.is_err() {
            self.forget_strangers(&cx.environment, &to);
        }
        switched
    }

    async fn drain(&self, instance: &InstanceRef, cx: &OpCx) -> Result<Drained> {
        self.0.fences.pass(cx)?;
        let (env, operation) = (&cx.environment, &cx.operation);
        if let Some(drained) = self.0.drains.told(env, operation, instance) {
            return Ok(drained);
        }
        cx.cancel.check()?;
        // What is drained is about to be retired: a route that still leads there loses it, so that
        // no new request meets an instance that ends.
        self.withdraw(env, instance);
        let Some(held) = self.0.shared.instances.get(env, instance) else {
            return Ok(Drained::counted(0, 0, 0));
        };
        tokio::select! {
            biased;
            () = cx.cancel.cancelled() => return Err(Cancel::error()),
            waited = cx.deadline.limit(&*cx.env, "requests under way", held.idle()) => {
                if waited.is_err() {
                    held.cut();
                }
            }
        }
        let drained = held.drained();
        self.0.drains.keep(env, operation, instance, drained);
        self.0.shared.instances.remove(env, instance);
        tracing::info!(%instance, ?drained, "drained");
        Ok(drained)
    }

    async fn close(&self, route: &RouteId, cx: &OpCx) -> Result<Change> {
        self.0.fences.pass(cx)?;
        let key = RouteKey::new(&cx.environment, route);
        let mut internal = self.0.internal.lock().await;
        let (outcome, version) = self.0.shared.board.change(|table| {
            if table.get(&key).is_none() {
                return (None, (ChangeOutcome::Skipped, table.generation()));
            }
            let next = table.without(&key);
            let version = next.generation();
            (Some(next), (ChangeOutcome::Deleted, version))
        });
        if let Some(listener) = internal.remove(&key) {
            listener.close().await;
        }
        if let RouteId::Internal { service } = route {
            self.0.ports.release(&cx.environment, service);
        }
        Ok(Change::new(outcome, version))
    }
}

impl Proxy {
    /// Leads a route to other targets: asks them through the route before any request is led to
    /// them, swaps, and asks again.
    async fn lead(&self, before: &Arc<Route>, targets: Vec<Arc<Target>>, cx: &OpCx) -> Result<Change> {
        let shared = &self.0.shared;
        let door = self.0.door(before);
        let ahead = Arc::new(before.with_targets(targets.clone()));
        shared.confirmations.confirm(&ahead, true, door, cx).await?;

        for target in &targets {
            self.0.drains.forget(&cx.environment, target.instance.who());
        }
        let key = &before.key;
        let (version, after, replaced) = shared.board.change(|table| match table.get(key) {
            Some(present) => {
                let after = Arc::new(present.with_targets(targets));
                let next = table.with(Arc::clone(&after));
                let version = next.generation();
                (Some(next), Ok((version, after, Arc::clone(present))))
            }
            None => (None, Err(unknown(key))),
        })?;
        if let Err(error) = shared.confirmations.confirm(&after, false, door, cx).await {
            shared.board.change(|table| match table.get(key) {
                Some(present) if Arc::ptr_eq(present, &after) => (Some(table.with(replaced)), ()),
                _ => (None, ()),
            });
            return Err(error);
        }
        tracing::info!(environment = %cx.environment, route = %key.id, "switched");
        Ok(Change::new(ChangeOutcome::Updated, version))
    }

    /// Takes an instance out of the routes of its environment.
    fn withdraw(&self, env: &EnvironmentId, instance: &InstanceRef) {
        self.0.shared.board.change(|table| {
            let led = table.routes().filter(|route| route.key.environment == *env && route.leads_to(instance));
            let next = led.fold(None, |next, route| {
                let stay = route.targets.iter().filter(|target| target.instance.who() != instance).cloned().collect();
                Some(next.as_ref().unwrap_or(table).with(Arc::new(route.with_targets(stay))))
            });
            (next, ())
        });
    }

    /// Forgets instances that no request was ever led to.
    fn forget_strangers(&self, env: &EnvironmentId, to: &[RouteTarget]) {
        let shared = &self.0.shared;
        let table = shared.board.table();
        for target in to {
            if let Some(held) = shared.instances.get(env, &target.instance)
                && !table.leads_to(env, &target.instance)
                && held.ended() == 0
                && held.in_flight() == 0
            {
                shared.instances.remove(env, &target.instance);
            }
        }
    }
}

/// Whether a route leads to exactly these targets; they are sorted, as are the route's.
fn leads_to_all(route: &Route, to: &[RouteTarget]) -> bool {
    route.targets.iter().map(|target| target.record()).eq(to.iter().cloned())
}

fn unknown(key: &RouteKey) -> Error {
    Error::not_found(codes::ROUTE_UNKNOWN, format!("{} has no route {}", key.environment, key.id))
        .with_hint("prepare the route first")
}
