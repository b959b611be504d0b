//! The ingress of containers.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use eve_core::wrap::Timeout;
use eve_core::{
    Change, ChangeOutcome, Drained, Env, EnvironmentId, Fence, Fencing, InstanceRef, ObservedRoute, OpCx, OpId, Result,
    RouteId, RouteSpec, RouteTarget, Routes, codes,
};
use eve_proxy::{Proxy, RemoteRoutes};
use tokio::sync::OnceCell;

use super::EmbeddedConfig;
use super::containers::Containers;
use super::data_plane::HANGS;
use super::supervised::Supervised;

/// The ingress of containers, in a supervisor that holds nothing else: it is started as soon as there
/// is a route, and not before. Where none runs and no route is stored there is none, and a deploy of
/// what is there already starts nothing.
#[derive(Debug, Clone)]
pub(super) struct Ingress(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: EmbeddedConfig,
    program: PathBuf,
    env: Arc<dyn Env>,
    containers: Containers,
    opened: OnceCell<Opened>,
    /// The fences that were raised while nothing was there to be told.
    raised: Mutex<BTreeMap<EnvironmentId, Fence>>,
}

#[derive(Debug)]
struct Opened {
    supervised: Supervised,
    routes: Timeout<RemoteRoutes>,
}

impl Ingress {
    /// The ingress of a state directory. A supervisor that runs has to be what is needed, and so does
    /// one that has to run.
    ///
    /// # Errors
    /// As [`Supervised::open`]; `network.missing`, `backend.unavailable`.
    pub(super) async fn find(
        config: &EmbeddedConfig,
        program: PathBuf,
        containers: Containers,
        env: &Arc<dyn Env>,
    ) -> Result<Self> {
        let ingress = Self(Arc::new(Inner {
            config: config.clone(),
            program,
            env: Arc::clone(env),
            containers,
            opened: OnceCell::new(),
            raised: Mutex::default(),
        }));
        ingress.present().await?;
        Ok(ingress)
    }

    pub(super) fn containers(&self) -> &Containers {
        &self.0.containers
    }

    /// The port that public requests come in by.
    pub(super) async fn port(&self) -> Result<u16> {
        self.open().await?.supervised.ingress_port(&*self.0.env).await
    }

    /// Stays with the supervisor no longer: it runs on.
    pub(super) fn leave(&self) {
        self.0.opened.get().iter().for_each(|opened| opened.supervised.leave());
    }

    /// What runs or has to; none where there is nothing to lead.
    async fn present(&self) -> Result<Option<&Opened>> {
        let Inner { config, opened, .. } = &*self.0;
        let is_needed = opened.initialized()
            || eve_supervisor::holder(&config.dir)?.is_some()
            || !Proxy::is_empty_in(&config.proxy())?;
        if is_needed { self.open().await.map(Some) } else { Ok(None) }
    }

    async fn open(&self) -> Result<&Opened> {
        let Inner { config, program, env, containers, opened, raised } = &*self.0;
        let opening = async {
            let config = &EmbeddedConfig { internal_bind: containers.internal_bind().await?, ..config.clone() };
            let supervised = Supervised::open(config, program, &**env).await?;
            let routes = Timeout::new(supervised.routes.clone(), Arc::clone(env), HANGS);
            let raised = raised.lock().unwrap_or_else(PoisonError::into_inner).clone();
            for (environment, fence) in raised {
                match supervised.routes.raise(&environment, fence).await {
                    // A younger holder has raised its own: older ones are turned away.
                    Err(error) if *error.code() == codes::LEASE_LOST => {}
                    done => done?,
                }
            }
            Ok(Opened { supervised, routes })
        };
        opened.get_or_try_init(|| opening).await
    }
}

#[async_trait]
impl Routes for Ingress {
    async fn address(&self, env: &EnvironmentId, route: &RouteSpec) -> Result<String> {
        self.open().await?.routes.address(env, route).await
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Vec<ObservedRoute>> {
        match self.present().await? {
            Some(opened) => opened.routes.observe(env).await,
            None => Ok(Vec::new()),
        }
    }

    async fn prepare(&self, route: &RouteSpec, cx: &OpCx) -> Result<Change> {
        self.open().await?.routes.prepare(route, cx).await
    }

    async fn switch(&self, route: &RouteId, to: &[RouteTarget], cx: &OpCx) -> Result<Change> {
        self.open().await?.routes.switch(route, to, cx).await
    }

    async fn drain(&self, instance: &InstanceRef, cx: &OpCx) -> Result<Drained> {
        match self.present().await? {
            Some(opened) => opened.routes.drain(instance, cx).await,
            // It was never a target.
            None => Ok(Drained::default()),
        }
    }

    async fn forget(&self, drain: &OpId, cx: &OpCx) -> Result<()> {
        match self.present().await? {
            Some(opened) => opened.routes.forget(drain, cx).await,
            None => Ok(()),
        }
    }

    async fn close(&self, route: &RouteId, cx: &OpCx) -> Result<Change> {
        match self.present().await? {
            Some(opened) => opened.routes.close(route, cx).await,
            None => Ok(Change::new(ChangeOutcome::Skipped, 0)),
        }
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        Some(self)
    }
}

#[async_trait]
impl Fencing for Ingress {
    async fn raise(&self, env: &EnvironmentId, fence: Fence) -> Result<()> {
        if let Some(opened) = self.present().await? {
            return opened.supervised.routes.raise(env, fence).await;
        }
        self.0.raised.lock().unwrap_or_else(PoisonError::into_inner).insert(env.clone(), fence);
        match self.0.opened.get() {
            // Another task opened it meanwhile.
            Some(opened) => opened.supervised.routes.raise(env, fence).await,
            None => Ok(()),
        }
    }
}

impl fmt::Display for Ingress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the ingress of {}", self.0.config.dir.display())
    }
}
