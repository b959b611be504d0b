//! An engine or a cluster in place of processes, where the config asks for one.

use std::net::IpAddr;
use std::sync::Arc;

#[cfg(any(feature = "docker", feature = "k8s"))]
use eve_core::wrap::Timeout;
use eve_core::{Builder, Env, Result, Routes, Runner, Runtime};

use super::EmbeddedConfig;
#[cfg(any(feature = "docker", feature = "k8s"))]
use super::data_plane::HANGS;
#[cfg(any(feature = "docker", feature = "k8s"))]
use super::owner;

/// What holds services and attempts in place of processes of this machine. Without a feature for one, nothing can.
#[derive(Debug, Clone)]
pub(super) enum Containers {
    #[cfg(feature = "docker")]
    Docker(eve_runtime_docker::DockerHost),
    #[cfg(feature = "k8s")]
    Kubernetes(eve_runtime_k8s::K8sHost),
}

#[cfg_attr(
    not(any(feature = "docker", feature = "k8s")),
    expect(clippy::unused_async, clippy::unused_self, clippy::unnecessary_wraps, reason = "the same with a feature")
)]
impl Containers {
    /// As the state directory knows them; none where processes are asked for.
    ///
    /// # Errors
    /// `backend.unavailable`; `state.unreadable`, `state.io`.
    pub(super) async fn of(config: &EmbeddedConfig) -> Result<Option<Self>> {
        #[cfg(feature = "k8s")]
        if let Some(host) = config.k8s_host().await? {
            return Ok(Some(Self::Kubernetes(host)));
        }
        #[cfg(feature = "docker")]
        if let Some(host) = config.docker_host()? {
            return Ok(Some(Self::Docker(host)));
        }
        let _ = config;
        Ok(None)
    }

    /// For whoever works on the state directory: its owner is made where there is none yet.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub(super) async fn for_work(config: &EmbeddedConfig) -> Result<Option<Self>> {
        #[cfg(feature = "k8s")]
        {
            let made = |dir: &std::path::Path| owner::made(dir, owner::KUBERNETES, eve_runtime_k8s::K8sName::new);
            if let Some(host) = config.k8s_host_of(made).await? {
                return Ok(Some(Self::Kubernetes(host)));
            }
        }
        #[cfg(feature = "docker")]
        {
            let made = |dir: &std::path::Path| owner::made(dir, owner::DOCKER, eve_runtime_docker::Owner::new);
            if let Some(host) = config.docker_host_of(made)? {
                return Ok(Some(Self::Docker(host)));
            }
        }
        let _ = config;
        Ok(None)
    }

    /// Where internal routes of the ingress have to be listened for, so that whatever runs can reach them.
    ///
    /// # Errors
    /// `network.missing`, `backend.unavailable`.
    pub(super) async fn internal_bind(&self) -> Result<IpAddr> {
        match *self {
            #[cfg(feature = "docker")]
            Self::Docker(ref host) => host.host_address().await,
            // It has none: the cluster's own Services lead between services.
            #[cfg(feature = "k8s")]
            Self::Kubernetes(_) => Ok(std::net::Ipv4Addr::LOCALHOST.into()),
        }
    }

    pub(super) fn runtime(&self, env: &Arc<dyn Env>) -> Arc<dyn Runtime> {
        let _ = env;
        match *self {
            #[cfg(feature = "docker")]
            Self::Docker(ref host) => Arc::new(Timeout::new(host.runtime(), Arc::clone(env), HANGS)),
            #[cfg(feature = "k8s")]
            Self::Kubernetes(ref host) => Arc::new(Timeout::new(host.runtime(), Arc::clone(env), HANGS)),
        }
    }

    pub(super) fn runner(&self, env: &Arc<dyn Env>) -> Arc<dyn Runner> {
        let _ = env;
        match *self {
            #[cfg(feature = "docker")]
            Self::Docker(ref host) => Arc::new(Timeout::new(host.runner(), Arc::clone(env), HANGS)),
            #[cfg(feature = "k8s")]
            Self::Kubernetes(ref host) => Arc::new(Timeout::new(host.runner(), Arc::clone(env), HANGS)),
        }
    }

    pub(super) fn builder(&self) -> Arc<dyn Builder> {
        match *self {
            #[cfg(feature = "docker")]
            Self::Docker(ref host) => Arc::new(host.builder()),
            #[cfg(feature = "k8s")]
            Self::Kubernetes(_) => Arc::new(super::no_builder::NoBuilder),
        }
    }

    /// The routes beside an ingress that is not theirs.
    pub(super) fn routes(&self, ingress: Arc<dyn Routes>, env: &Arc<dyn Env>) -> Arc<dyn Routes> {
        let _ = (&ingress, env);
        match *self {
            #[cfg(feature = "docker")]
            Self::Docker(_) => ingress,
            #[cfg(feature = "k8s")]
            Self::Kubernetes(ref host) => {
                let own = Arc::new(Timeout::new(host.routes(), Arc::clone(env), HANGS));
                if host.has_ingress() { own } else { Arc::new(eve_core::SplitRoutes::new(ingress, own)) }
            }
        }
    }
}
