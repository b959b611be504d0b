//! The runtime.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{
    Addresses, Bound, Capabilities, CaptureEvidence, Change, Changes, EnvironmentId, Evidence, Exec, InstanceRef,
    LogItem, LogOptions, LogSubject, Observed, Op, OpCx, Owned, PreviewPlan, Result, Runtime,
};
use futures_util::stream::BoxStream;

use super::look::Look;
use super::{observe, plan, support};
use crate::access::Rights;
use crate::api::{Cluster, Kind};
use crate::config::K8sConfig;
use crate::labels::Mark;
use crate::logs;

/// Holds services as Deployments, StatefulSets and Jobs of a Kubernetes cluster.
///
/// An environment has a namespace of its own, in which its services find each other under their plain names. What
/// runs goes on when the engine that made it ends.
///
/// Kubernetes knows no fencing: what a holder whose lease has ended still does bears the name of its operation and
/// its token, and is undone by the next deploy.
#[derive(Debug, Clone)]
pub struct K8sRuntime {
    pub(crate) config: Arc<K8sConfig>,
    pub(crate) cluster: Cluster,
    pub(super) rights: Rights,
}

impl K8sRuntime {
    pub(crate) fn new(config: Arc<K8sConfig>, cluster: Cluster) -> Self {
        Self { config, cluster, rights: Rights::default() }
    }
}

#[async_trait]
impl Runtime for K8sRuntime {
    fn capabilities(&self) -> Capabilities {
        support::capabilities(&self.config)
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Observed> {
        let look = Look::take(&self.cluster, &self.config, env).await?;
        let mut seen = self.explained(&look).await;
        observe::put_facts(&self.config, &look, &mut seen)?;
        Ok(seen)
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
        logs::read(self.cluster.clone(), Arc::clone(&self.config), who.clone(), how)
    }

    fn preview(&self) -> Option<&dyn PreviewPlan> {
        Some(self)
    }

    fn owned(&self) -> Option<&dyn Owned> {
        Some(self)
    }

    fn exec(&self) -> Option<&dyn Exec> {
        self.config.exec.then_some(self)
    }

    fn evidence(&self) -> Option<&dyn CaptureEvidence> {
        Some(self)
    }
}

#[async_trait]
impl Owned for K8sRuntime {
    async fn environments(&self) -> Result<Vec<EnvironmentId>> {
        let namespaces = self.cluster.list(Kind::Namespace, "").await?;
        let marks = namespaces.iter().filter_map(|one| Mark::read_any(&self.config.owner, &one.metadata));
        let mut environments: Vec<_> = marks.map(|mark| mark.environment).collect();
        environments.sort();
        Ok(environments)
    }
}

#[async_trait]
impl CaptureEvidence for K8sRuntime {
    async fn capture(&self, env: &EnvironmentId, instance: &InstanceRef) -> Result<Vec<Evidence>> {
        self.capture_evidence(env, instance).await
    }
}

impl fmt::Display for K8sRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pods of {}", self.cluster)
    }
}
