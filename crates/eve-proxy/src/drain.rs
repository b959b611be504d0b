//! Waiting until nothing is under way at an instance.

use std::sync::Arc;

use eve_core::{Cancel, Drained, InstanceRef, OpCx, Result};

use crate::Proxy;

impl Proxy {
    /// Withdraws an instance from the routes of its environment, waits for what is under way there,
    /// and cuts the rest at the deadline.
    pub(crate) async fn empty(&self, instance: &InstanceRef, cx: &OpCx) -> Result<Drained> {
        let inner = &self.0;
        let (env, operation) = (&cx.environment, &cx.operation);
        inner.fences.admit(env, cx.fence)?;
        if let Some(drained) = inner.drains.told(env, operation, instance) {
            return Ok(drained);
        }
        cx.cancel.check()?;
        // What is drained is about to be retired: a route that still leads there loses it, so that
        // no new request meets an instance that ends.
        self.commit(cx, |table| {
            let led = table.routes_of(env).filter(|route| route.knows(instance));
            Ok((table.with_all(led.map(|route| Arc::new(route.without(instance)))), ()))
        })?;
        let Some(held) = inner.shared.instances.get(env, instance) else {
            return Ok(Drained::counted(0, 0, 0));
        };
        self.settle().await?;
        let idle = tokio::select! {
            biased;
            () = cx.cancel.cancelled() => return Err(Cancel::error()),
            waited = cx.deadline.limit(&*cx.env, "requests under way", held.idle()) => waited.is_ok(),
        };
        // A younger holder may have led requests here again: theirs are not cut.
        let drained = self.commit(cx, |_| {
            // Of two that drain under one operation, both tell the numbers of the first.
            if let Some(drained) = inner.drains.told(env, operation, instance) {
                return Ok((None, drained));
            }
            if !idle {
                held.cut();
            }
            let drained = held.drained();
            inner.drains.keep(env, operation, instance, drained);
            inner.shared.instances.remove(env, &held);
            inner.keeper.touch();
            Ok((None, drained))
        })?;
        tracing::info!(%instance, ?drained, "drained");
        Ok(drained)
    }
}
