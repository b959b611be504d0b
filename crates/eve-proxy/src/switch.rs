//! Leading a route to other instances.

use std::sync::Arc;

use eve_core::{Change, ChangeOutcome, EnvironmentId, Error, OpCx, Result, RouteId, RouteTarget, codes};

use crate::Proxy;
use crate::table::{Route, RouteKey, Target};

impl Proxy {
    /// Leads a route to other targets, unless it leads there already.
    pub(crate) async fn lead(&self, route: &RouteId, to: &[RouteTarget], cx: &OpCx) -> Result<Change> {
        self.0.fences.admit(&cx.environment, cx.fence)?;
        cx.cancel.check()?;
        let key = RouteKey::new(&cx.environment, route);
        let mut doors = self.0.doors.hold().await;
        let table = self.0.shared.board.table();
        let before = table.get(&key).ok_or_else(|| unknown(&key))?;
        if to.is_empty() {
            return Err(Error::conflict(codes::ROUTE_NO_TARGET, format!("{route} is to be led to no instance"))
                .with_hint("close the route instead"));
        }
        let mut to = to.to_vec();
        to.sort();
        to.dedup();
        doors.reopen(before).await?;
        drop(doors);
        if before.is_confirmed() && before.leads_to_all(&to) {
            return Ok(Change::new(ChangeOutcome::Unchanged, table.generation()));
        }
        let targets = self.0.shared.targets(&cx.environment, &to);
        let switched = self.confirm_and_swap(before, targets, &to, cx).await;
        if switched.is_err() {
            self.forget_strangers(&cx.environment, &to);
        }
        switched
    }

    /// Asks the targets through the route before any request is led to them, swaps, and asks again.
    async fn confirm_and_swap(
        &self,
        before: &Arc<Route>,
        targets: Vec<Arc<Target>>,
        to: &[RouteTarget],
        cx: &OpCx,
    ) -> Result<Change> {
        let confirmations = &self.0.shared.confirmations;
        let (key, door) = (&before.key, self.door(before));
        let ahead = Arc::new(before.with_targets(targets.clone()));
        confirmations.confirm(&ahead, true, door, cx).await?;

        let after = self.commit(cx, |table| {
            let present = table.get(key).ok_or_else(|| unknown(key))?;
            for target in &targets {
                self.0.drains.retract(&cx.environment, target.instance.who());
            }
            let after = Arc::new(present.switched(targets, cx.fence));
            Ok((Some(table.with(Arc::clone(&after))), after))
        })?;
        let confirmed = confirmations.confirm(&after, false, door, cx).await;

        let version = self.commit(cx, |table| {
            // Another switch may have come meanwhile; then it answers for the route.
            let ours = table.get(key).filter(|present| !present.is_confirmed() && present.leads_to_all(to));
            let settled = ours.map(|present| match &confirmed {
                Ok(()) => Arc::new(present.with_targets(present.targets.clone())),
                Err(_) => Arc::clone(present.confirmed()),
            });
            let next = settled.map(|route| table.with(route));
            let version = next.as_ref().unwrap_or(table).generation();
            Ok((next, version))
        })?;
        confirmed?;
        tracing::info!(environment = %cx.environment, route = %key.id, "switched");
        Ok(Change::new(ChangeOutcome::Updated, version))
    }

    /// Forgets instances that no request was ever led to.
    fn forget_strangers(&self, env: &EnvironmentId, to: &[RouteTarget]) {
        let instances = &self.0.shared.instances;
        for target in to {
            if let Some(held) = instances.get(env, &target.instance)
                && !held.was_led_to()
                && held.in_flight() == 0
            {
                instances.remove(env, &held);
            }
        }
    }
}

fn unknown(key: &RouteKey) -> Error {
    Error::not_found(codes::ROUTE_UNKNOWN, format!("{} has no route {}", key.environment, key.id))
        .with_hint("prepare the route first")
}
