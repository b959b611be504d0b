//! The routes of a proxy in another process.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use eve_core::control::{Asked, Channel, Message};
use eve_core::{
    Cancel, Change, Drained, EnvironmentId, Fence, Fencing, InstanceRef, ObservedRoute, OpCx, OpId, Result, RouteId,
    RouteSpec, RouteTarget, Routes,
};
use serde::de::DeserializeOwned;

use super::{ProxyPart, Request};
use crate::ProxyStats;

/// The routes of a [`Proxy`](crate::Proxy) in another process, asked through a channel to its
/// [`ProxyPart`]. Clones share the channel.
///
/// Every verb does what the proxy's own does, and fails with the proxy's own error, or with
/// `supervisor.lost` if the other process went away before it answered: then the work may be done
/// or not, and can be asked for again, since every verb is idempotent. Dropping a verb's future
/// stops waiting, not the work; cancelling its context stops the work.
#[derive(Debug, Clone)]
pub struct RemoteRoutes {
    channel: Arc<dyn Channel>,
}

impl RemoteRoutes {
    /// The routes behind a channel.
    pub fn new(channel: Arc<dyn Channel>) -> Self {
        Self { channel }
    }

    /// The port that public requests come in by.
    ///
    /// # Errors
    /// `supervisor.lost`, `supervisor.unavailable`, `control.unknown_part`.
    pub async fn ingress_port(&self) -> Result<u16> {
        self.ask(Request::IngressPort, &Cancel::new()).await
    }

    /// Where requests of internal routes come in.
    ///
    /// # Errors
    /// As [`ingress_port`](Self::ingress_port).
    pub async fn internal_bind(&self) -> Result<IpAddr> {
        self.ask(Request::InternalBind, &Cancel::new()).await
    }

    /// What the proxy does, in numbers.
    ///
    /// # Errors
    /// As [`ingress_port`](Self::ingress_port).
    pub async fn stats(&self) -> Result<ProxyStats> {
        self.ask(Request::Stats, &Cancel::new()).await
    }

    async fn ask<T: DeserializeOwned>(&self, request: Request, cancel: &Cancel) -> Result<T> {
        self.channel.call(&ProxyPart::NAME, Message::of(&request)?, cancel).await?.decode()
    }
}

#[async_trait]
impl Routes for RemoteRoutes {
    async fn address(&self, env: &EnvironmentId, route: &RouteSpec) -> Result<String> {
        let request = Request::Address { environment: env.clone(), route: route.clone() };
        self.ask(request, &Cancel::new()).await
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Vec<ObservedRoute>> {
        self.ask(Request::Observe { environment: env.clone() }, &Cancel::new()).await
    }

    async fn prepare(&self, route: &RouteSpec, cx: &OpCx) -> Result<Change> {
        let request = Request::Prepare { route: route.clone(), asked: Asked::of(cx) };
        self.ask(request, &cx.cancel).await
    }

    async fn switch(&self, route: &RouteId, to: &[RouteTarget], cx: &OpCx) -> Result<Change> {
        let request = Request::Switch { route: route.clone(), to: to.to_vec(), asked: Asked::of(cx) };
        self.ask(request, &cx.cancel).await
    }

    async fn drain(&self, instance: &InstanceRef, cx: &OpCx) -> Result<Drained> {
        let request = Request::Drain { instance: instance.clone(), asked: Asked::of(cx) };
        self.ask(request, &cx.cancel).await
    }

    async fn forget(&self, drain: &OpId, cx: &OpCx) -> Result<()> {
        let request = Request::Forget { drain: drain.clone(), asked: Asked::of(cx) };
        self.ask(request, &cx.cancel).await
    }

    async fn close(&self, route: &RouteId, cx: &OpCx) -> Result<Change> {
        let request = Request::Close { route: route.clone(), asked: Asked::of(cx) };
        self.ask(request, &cx.cancel).await
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        Some(self)
    }
}

#[async_trait]
impl Fencing for RemoteRoutes {
    async fn raise(&self, env: &EnvironmentId, fence: Fence) -> Result<()> {
        self.ask(Request::Raise { environment: env.clone(), fence }, &Cancel::new()).await
    }
}

impl fmt::Display for RemoteRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "eve-proxy behind {}", self.channel)
    }
}
