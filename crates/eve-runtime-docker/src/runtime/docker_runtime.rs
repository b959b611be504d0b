//! The runtime.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{
    Addresses, Bound, Capabilities, CaptureEvidence, Change, Changes, EnvironmentId, Evidence, HostView, InstanceRef,
    LogItem, LogOptions, LogSubject, Observed, Op, OpCx, Owned, Provision, Result, Runtime,
};
use futures_util::stream::BoxStream;

use super::{Sight, network, plan, support, volume};
use crate::api::Daemon;
use crate::config::DockerConfig;
use crate::labels::{self, Labels};
use crate::logs::{self, LogReader, Written};
use crate::probing::Probes;
use crate::secret_files::SecretFiles;
use crate::watching::Feed;

/// Holds services as containers of a Docker Engine.
///
/// An environment has a network of its own, in which its services find each other under their plain
/// names. Each container has an address there that it keeps for its life, also over restarts; it can
/// be reached at it from the engine's host. What runs goes on when the engine that made it ends.
///
/// The Docker Engine knows no fencing: what a holder whose lease has ended still does bears the name
/// of its operation and its token, and is undone by the next deploy.
#[derive(Debug, Clone)]
pub struct DockerRuntime {
    pub(super) config: Arc<DockerConfig>,
    pub(super) daemon: Daemon,
    pub(super) feed: Feed,
    pub(super) probes: Probes,
    pub(super) secret_files: SecretFiles,
}

impl DockerRuntime {
    /// The kind of the objects that services run in.
    pub const KIND: &str = plan::CONTAINER;

    pub(crate) fn new(config: Arc<DockerConfig>, daemon: Daemon, feed: Feed) -> Self {
        let probes = Probes::new(daemon.clone(), feed.clone());
        let secret_files = SecretFiles::of(&config);
        Self { config, daemon, feed, probes, secret_files }
    }

    /// What a container wrote.
    pub(crate) fn read_lines(&self, sight: &Sight, how: &LogOptions) -> BoxStream<'static, Result<LogItem>> {
        let written = Written { container: sight.id.clone(), source: logs::source(sight), kept: sight.care.logs };
        LogReader::new(self.daemon.clone(), self.feed.clone(), written, how).stream()
    }
}

#[async_trait]
impl Runtime for DockerRuntime {
    fn capabilities(&self) -> Capabilities {
        support::capabilities(&self.config)
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Observed> {
        self.observed(env).await
    }

    fn plan(&self, want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes> {
        plan::plan(&self.config, &self.capabilities(), want, seen, at)
    }

    async fn perform(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        self.perform_op(op, cx).await
    }

    fn watch(&self, env: &EnvironmentId) -> BoxStream<'static, Result<Observed>> {
        self.watching(env)
    }

    fn logs(&self, who: &LogSubject, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        logs::read(self.clone(), who.clone(), how)
    }

    fn owned(&self) -> Option<&dyn Owned> {
        Some(self)
    }

    fn provision(&self) -> Option<&dyn Provision<[Op]>> {
        Some(self)
    }

    fn host_view(&self) -> Option<&dyn HostView> {
        self.config.is_here().then_some(self as &dyn HostView)
    }

    fn evidence(&self) -> Option<&dyn CaptureEvidence> {
        Some(self)
    }
}

#[async_trait]
impl Owned for DockerRuntime {
    async fn environments(&self) -> Result<Vec<EnvironmentId>> {
        let ours = labels::of_owner(&self.config.owner);
        let (containers, networks, volumes) =
            tokio::try_join!(self.daemon.containers(&ours), self.daemon.networks(&ours), self.daemon.volumes(&ours))?;
        let of = |kind, labels| Labels::read_any(&self.config.owner, kind, labels);
        let mut environments: Vec<_> = containers
            .iter()
            .filter_map(|one| of(plan::CONTAINER, one.labels.as_ref()?))
            .chain(networks.iter().filter_map(|one| of(network::KIND, one.labels.as_ref()?)))
            .chain(volumes.iter().filter_map(|one| of(volume::KIND, &one.labels)))
            .map(|labels| labels.environment)
            .collect();
        environments.sort();
        environments.dedup();
        Ok(environments)
    }
}

#[async_trait]
impl CaptureEvidence for DockerRuntime {
    async fn capture(&self, env: &EnvironmentId, instance: &InstanceRef) -> Result<Vec<Evidence>> {
        self.capture_evidence(env, instance).await
    }
}

impl fmt::Display for DockerRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "containers of {}", self.daemon)
    }
}
