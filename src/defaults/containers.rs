//! Containers in place of processes, where the config asks for them.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

#[cfg(feature = "docker")]
use eve_core::wrap::Timeout;
use eve_core::{Builder, Env, Result, Runner, Runtime};

use super::EmbeddedConfig;
#[cfg(feature = "docker")]
use super::data_plane::HANGS;

/// The engine that holds services and attempts in place of processes of this machine, if there is one.
#[derive(Debug, Clone)]
pub(super) struct Containers {
    #[cfg(feature = "docker")]
    host: Option<eve_runtime_docker::DockerHost>,
}

#[cfg(feature = "docker")]
impl Containers {
    /// As the state directory knows them.
    pub(super) fn of(config: &EmbeddedConfig) -> Result<Self> {
        Ok(Self { host: config.docker_host()? })
    }

    /// For whoever works on the state directory: its owner is made where there is none yet.
    pub(super) fn for_work(config: &EmbeddedConfig) -> Result<Self> {
        Ok(Self { host: config.docker_host_of(super::owner::made)? })
    }

    /// Where internal routes have to be listened for, so that whatever runs can reach them.
    ///
    /// # Errors
    /// `network.missing`, `backend.unavailable`.
    pub(super) async fn internal_bind(&self) -> Result<IpAddr> {
        match &self.host {
            Some(host) => host.host_address().await,
            None => Ok(Ipv4Addr::LOCALHOST.into()),
        }
    }

    pub(super) fn runtime(&self, env: &Arc<dyn Env>) -> Option<Arc<dyn Runtime>> {
        let host = self.host.as_ref()?;
        Some(Arc::new(Timeout::new(host.runtime(), Arc::clone(env), HANGS)))
    }

    pub(super) fn runner(&self, env: &Arc<dyn Env>) -> Option<Arc<dyn Runner>> {
        let host = self.host.as_ref()?;
        Some(Arc::new(Timeout::new(host.runner(), Arc::clone(env), HANGS)))
    }

    pub(super) fn builder(&self) -> Option<Arc<dyn Builder>> {
        Some(Arc::new(self.host.as_ref()?.builder()))
    }
}

#[cfg(not(feature = "docker"))]
#[expect(clippy::unused_self, clippy::unused_async, clippy::unnecessary_wraps, reason = "the same with the feature")]
impl Containers {
    pub(super) fn of(_: &EmbeddedConfig) -> Result<Self> {
        Ok(Self {})
    }

    pub(super) fn for_work(_: &EmbeddedConfig) -> Result<Self> {
        Ok(Self {})
    }

    pub(super) async fn internal_bind(&self) -> Result<IpAddr> {
        Ok(Ipv4Addr::LOCALHOST.into())
    }

    pub(super) fn runtime(&self, _: &Arc<dyn Env>) -> Option<Arc<dyn Runtime>> {
        None
    }

    pub(super) fn runner(&self, _: &Arc<dyn Env>) -> Option<Arc<dyn Runner>> {
        None
    }

    pub(super) fn builder(&self) -> Option<Arc<dyn Builder>> {
        None
    }
}
