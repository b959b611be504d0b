//! Containers in place of processes, where the config asks for them.

use std::net::IpAddr;
use std::sync::Arc;

#[cfg(feature = "docker")]
use eve_core::wrap::Timeout;
use eve_core::{Builder, Env, Result, Runner, Runtime};

use super::EmbeddedConfig;
#[cfg(feature = "docker")]
use super::data_plane::HANGS;

/// The engine that holds services and attempts in place of processes of this machine.
#[cfg(feature = "docker")]
#[derive(Debug, Clone)]
pub(super) struct Containers(eve_runtime_docker::DockerHost);

/// Nothing can hold containers.
#[cfg(not(feature = "docker"))]
#[derive(Debug, Clone)]
pub(super) enum Containers {}

#[cfg(feature = "docker")]
impl Containers {
    /// As the state directory knows them; none where processes are asked for.
    pub(super) fn of(config: &EmbeddedConfig) -> Result<Option<Self>> {
        Ok(config.docker_host()?.map(Self))
    }

    /// For whoever works on the state directory: its owner is made where there is none yet.
    pub(super) fn for_work(config: &EmbeddedConfig) -> Result<Option<Self>> {
        Ok(config.docker_host_of(super::owner::made)?.map(Self))
    }

    /// Where internal routes have to be listened for, so that whatever runs can reach them.
    ///
    /// # Errors
    /// `network.missing`, `backend.unavailable`.
    pub(super) async fn internal_bind(&self) -> Result<IpAddr> {
        self.0.host_address().await
    }

    pub(super) fn runtime(&self, env: &Arc<dyn Env>) -> Arc<dyn Runtime> {
        Arc::new(Timeout::new(self.0.runtime(), Arc::clone(env), HANGS))
    }

    pub(super) fn runner(&self, env: &Arc<dyn Env>) -> Arc<dyn Runner> {
        Arc::new(Timeout::new(self.0.runner(), Arc::clone(env), HANGS))
    }

    pub(super) fn builder(&self) -> Arc<dyn Builder> {
        Arc::new(self.0.builder())
    }
}

#[cfg(not(feature = "docker"))]
#[expect(clippy::unused_async, clippy::unnecessary_wraps, reason = "the same with the feature")]
impl Containers {
    pub(super) fn of(_: &EmbeddedConfig) -> Result<Option<Self>> {
        Ok(None)
    }

    pub(super) fn for_work(_: &EmbeddedConfig) -> Result<Option<Self>> {
        Ok(None)
    }

    pub(super) async fn internal_bind(&self) -> Result<IpAddr> {
        match *self {}
    }

    pub(super) fn runtime(&self, _: &Arc<dyn Env>) -> Arc<dyn Runtime> {
        match *self {}
    }

    pub(super) fn runner(&self, _: &Arc<dyn Env>) -> Arc<dyn Runner> {
        match *self {}
    }

    pub(super) fn builder(&self) -> Arc<dyn Builder> {
        match *self {}
    }
}
