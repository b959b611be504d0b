//! Routes in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures_util::future::{self, Either};
use tokio::sync::watch;

use super::in_flight::{InFlight, Traffic};
use super::shared::Shared;
use crate::{
    Cancel, Change, ChangeOutcome, Drained, EnvironmentId, Error, Fence, Fences, Fencing, InstanceRef, ObservedRoute,
    OpCx, OpId, Result, RouteId, RouteSpec, RouteTarget, Routes, ServiceName, codes, naming,
};

/// [`Routes`] that lead nowhere: public and internal ones, with simulated requests. Clones share
/// one table.
///
/// Tests begin requests by [`begin`](Self::begin), refuse the confirmation of switches by
/// [`refuse_confirmation`](Self::refuse_confirmation), and count by [`calls`](Self::calls).
#[derive(Clone, Default)]
pub struct MemoryRoutes {
    table: Arc<Shared<Table>>,
    traffic: Arc<Shared<Traffic>>,
    refusing: Arc<AtomicBool>,
}

#[derive(Default)]
struct Table {
    version: u64,
    routes: BTreeMap<(EnvironmentId, RouteId), Route>,
    drained: BTreeMap<(EnvironmentId, OpId), Drained>,
    fences: Fences,
    calls: RouteCalls,
}

struct Route {
    observed: ObservedRoute,
    version: u64,
}

/// How often each changing verb of [`MemoryRoutes`] was called, in vain or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RouteCalls {
    /// Calls of [`Routes::prepare`].
    pub prepare: u64,
    /// Calls of [`Routes::switch`].
    pub switch: u64,
    /// Calls of [`Routes::drain`].
    pub drain: u64,
    /// Calls of [`Routes::close`].
    pub close: u64,
}

impl RouteCalls {
    /// All of them together.
    pub fn total(&self) -> u64 {
        self.prepare + self.switch + self.drain + self.close
    }
}

impl MemoryRoutes {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a request at an instance; it is under way until the guard is dropped.
    pub fn begin(&self, instance: &InstanceRef) -> InFlight {
        InFlight::begin(self.traffic.clone(), instance.clone())
    }

    /// Whether the new release fails to answer through the route from now on.
    pub fn refuse_confirmation(&self, refuse: bool) {
        self.refusing.store(refuse, Ordering::SeqCst);
    }

    /// Removes a route as somebody else would: without a token, whoever holds the environment. False
    /// if there is none.
    pub fn remove(&self, env: &EnvironmentId, route: &RouteId) -> bool {
        self.table.write(|table| table.routes.remove(&(env.clone(), route.clone())).is_some())
    }

    /// How often the changing verbs were called.
    pub fn calls(&self) -> RouteCalls {
        self.table.read(|table| table.calls)
    }

    /// True if the internal route of a service leads to an instance.
    pub fn answers(&self, env: &EnvironmentId, service: &ServiceName) -> bool {
        let key = (env.clone(), RouteId::Internal { service: service.clone() });
        self.table.read(|table| table.routes.get(&key).is_some_and(|route| !route.observed.targets.is_empty()))
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.table.changes()
    }

    fn admit(&self, cx: &OpCx, count: impl FnOnce(&mut RouteCalls)) -> Result<()> {
        self.table.note(|table| {
            count(&mut table.calls);
            cx.admit()?;
            table.fences.admit(&cx.environment, cx.fence)
        })
    }

    /// Waits until nothing is under way at an instance, or the deadline has passed.
    async fn quiet(&self, instance: &InstanceRef, cx: &OpCx) -> Result<()> {
        let mut changes = self.traffic.changes();
        let settled = std::pin::pin!(async {
            while self.traffic.read(|traffic| traffic.of(instance).open) > 0 {
                if changes.changed().await.is_err() {
                    break;
                }
            }
        });
        let timer = cx.env.sleep(cx.deadline.remaining(&*cx.env));
        let cancelled = std::pin::pin!(cx.cancel.cancelled());
        match future::select(cancelled, future::select(settled, timer)).await {
            Either::Left(_) => Err(Cancel::error()),
            Either::Right(_) => Ok(()),
        }
    }
}

#[async_trait]
impl Routes for MemoryRoutes {
    async fn address(&self, env: &EnvironmentId, route: &RouteSpec) -> Result<String> {
        Ok(match &route.id {
            RouteId::Internal { service } => {
                format!("http://{}.{}.internal", naming::label(service.as_str()), naming::namespace(env))
            }
            RouteId::Public { host, path } => format!("http://{host}{}", path.trim_end_matches('/')),
        })
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Vec<ObservedRoute>> {
        Ok(self.table.read(|table| {
            let own = table.routes.iter().filter(|((owner, _), _)| owner == env);
            own.map(|(_, route)| route.observed.clone()).collect()
        }))
    }

    async fn prepare(&self, route: &RouteSpec, cx: &OpCx) -> Result<Change> {
        self.admit(cx, |calls| calls.prepare += 1)?;
        let hash = route.hash()?;
        self.table.write(|table| {
            table.fences.admit(&cx.environment, cx.fence)?;
            let elsewhere = |(owner, id): &(EnvironmentId, RouteId)| *id == route.id && *owner != cx.environment;
            if route.id.is_public() && table.routes.keys().any(elsewhere) {
                let text = format!("{} leads to another environment", route.id);
                return Err(Error::conflict(codes::ROUTE_TAKEN, text).with_hint("choose another host or path"));
            }
            let next = table.version + 1;
            let key = (cx.environment.clone(), route.id.clone());
            let change = match table.routes.get_mut(&key) {
                Some(known) if known.observed.hash == hash => {
                    return Ok(Change::new(ChangeOutcome::Unchanged, known.version));
                }
                Some(known) => {
                    known.observed.hash = hash;
                    known.observed.service = route.service.clone();
                    known.version = next;
                    Change::new(ChangeOutcome::Updated, next)
                }
                None => {
                    let observed = ObservedRoute::new(route.id.clone(), route.service.clone(), hash, Vec::new());
                    table.routes.insert(key, Route { observed, version: next });
                    Change::new(ChangeOutcome::Created, next)
                }
            };
            table.version = next;
            Ok(change)
        })
    }

    async fn switch(&self, route: &RouteId, to: &[RouteTarget], cx: &OpCx) -> Result<Change> {
        self.admit(cx, |calls| calls.switch += 1)?;
        let mut to = to.to_vec();
        to.sort();
        to.dedup();
        self.table.write(|table| {
            table.fences.admit(&cx.environment, cx.fence)?;
            let next = table.version + 1;
            let known = table.routes.get_mut(&(cx.environment.clone(), route.clone())).ok_or_else(|| {
                Error::not_found(codes::ROUTE_UNKNOWN, format!("{route} of {} was never prepared", cx.environment))
            })?;
            if to.is_empty() {
                return Err(Error::conflict(codes::ROUTE_NO_TARGET, format!("{route} was given no instance")));
            }
            if known.observed.targets == to {
                return Ok(Change::new(ChangeOutcome::Unchanged, known.version));
            }
            if self.refusing.load(Ordering::SeqCst) {
                let text = format!("no new instance answered through {route}");
                return Err(Error::failed(codes::ROUTE_UNCONFIRMED, text));
            }
            known.observed.targets = to;
            known.version = next;
            table.version = next;
            Ok(Change::new(ChangeOutcome::Updated, next))
        })
    }

    async fn drain(&self, instance: &InstanceRef, cx: &OpCx) -> Result<Drained> {
        let key = (cx.environment.clone(), cx.operation.clone());
        let told = self.table.note(|table| {
            table.calls.drain += 1;
            table.fences.admit(&cx.environment, cx.fence)?;
            Ok(table.drained.get(&key).copied())
        })?;
        if let Some(told) = told {
            return Ok(told);
        }
        cx.cancel.check()?;
        let before = self.traffic.read(|traffic| traffic.of(instance));
        self.quiet(instance, cx).await?;
        let numbers = self.traffic.write(|traffic| {
            let cut = traffic.cut(instance);
            Drained::counted(traffic.of(instance).served, before.open.saturating_sub(cut), cut)
        });
        // Of two that drain under one operation, both tell the numbers of the first.
        Ok(self.table.note(|table| *table.drained.entry(key).or_insert(numbers)))
    }

    async fn forget(&self, drain: &OpId, cx: &OpCx) -> Result<()> {
        self.table.note(|table| {
            table.fences.admit(&cx.environment, cx.fence)?;
            table.drained.remove(&(cx.environment.clone(), drain.clone()));
            Ok(())
        })
    }

    async fn close(&self, route: &RouteId, cx: &OpCx) -> Result<Change> {
        self.admit(cx, |calls| calls.close += 1)?;
        self.table.write(|table| {
            table.fences.admit(&cx.environment, cx.fence)?;
            let key = (cx.environment.clone(), route.clone());
            if table.routes.remove(&key).is_none() {
                return Ok(Change::new(ChangeOutcome::Skipped, table.version));
            }
            table.version += 1;
            Ok(Change::new(ChangeOutcome::Deleted, table.version))
        })
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        Some(self)
    }
}

#[async_trait]
impl Fencing for MemoryRoutes {
    async fn raise(&self, env: &EnvironmentId, fence: Fence) -> Result<()> {
        self.table.note(|table| table.fences.admit(env, fence))
    }
}

impl fmt::Display for MemoryRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}

impl fmt::Debug for MemoryRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routes = self.table.read(|table| table.routes.len());
        f.debug_struct("MemoryRoutes").field("routes", &routes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
