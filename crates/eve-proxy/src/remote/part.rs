//! A proxy that answers messages.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::control::{Asked, Message, Part, PartName};
use eve_core::{Cancel, Deadline, Error, Fencing as _, OpCx, Result, Routes as _, codes};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::Request;
use crate::Proxy;

/// How long requests under way may take to end when the part is shut down.
const PATIENCE: Duration = Duration::from_secs(2);

/// A proxy as a part of the process that holds a data plane.
#[derive(Debug, Clone)]
pub struct ProxyPart {
    proxy: Proxy,
    patience: Duration,
}

impl ProxyPart {
    /// The part's name.
    pub const NAME: PartName = PartName::new("routes", 1);

    /// The part that answers for a proxy.
    pub fn new(proxy: Proxy) -> Self {
        Self { proxy, patience: PATIENCE }
    }

    /// Sets how long requests under way may take to end when the part is shut down. Default 2 s.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn cx(&self, asked: Asked, cancel: Cancel) -> OpCx {
        asked.into_cx(self.proxy.0.shared.env.clone(), cancel)
    }
}

#[async_trait]
impl Part for ProxyPart {
    fn name(&self) -> PartName {
        Self::NAME
    }

    async fn call(&self, request: Message, cancel: Cancel) -> Result<Message> {
        let proxy = &self.proxy;
        match request.decode()? {
            Request::Address { environment, route } => Message::of(&proxy.address(&environment, &route).await?),
            Request::Observe { environment } => Message::of(&proxy.observe(&environment).await?),
            Request::Prepare { route, asked } => Message::of(&proxy.prepare(&route, &self.cx(asked, cancel)).await?),
            Request::Switch { route, to, asked } => {
                Message::of(&proxy.switch(&route, &to, &self.cx(asked, cancel)).await?)
            }
            Request::Drain { instance, asked } => Message::of(&proxy.drain(&instance, &self.cx(asked, cancel)).await?),
            Request::Forget { drain, asked } => Message::of(&proxy.forget(&drain, &self.cx(asked, cancel)).await?),
            Request::Close { route, asked } => Message::of(&proxy.close(&route, &self.cx(asked, cancel)).await?),
            Request::Raise { environment, fence } => Message::of(&proxy.raise(&environment, fence).await?),
            Request::IngressPort => Message::of(&proxy.public_port()),
            Request::InternalBind => Message::of(&proxy.internal_bind()),
            Request::Stats => Message::of(&proxy.stats()),
        }
    }

    fn stream(&self, _: Message) -> BoxStream<'static, Result<Message>> {
        let error = Error::invalid(codes::CONTROL_MALFORMED, "the proxy has nothing that comes as a stream");
        stream::iter([Err(error)]).boxed()
    }

    fn is_idle(&self) -> bool {
        self.proxy.is_idle()
    }

    async fn shut_down(&self) {
        let env = &*self.proxy.0.shared.env;
        let cut = self.proxy.shutdown(Deadline::after(env, self.patience)).await;
        if cut > 0 {
            tracing::warn!(cut, "connections were cut");
        }
    }
}

impl fmt::Display for ProxyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.proxy)
    }
}
