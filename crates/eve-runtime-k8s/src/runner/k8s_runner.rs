//! The runner.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{
    AttemptId, AttemptSpec, AttemptState, Change, ChangeOutcome, EnvironmentId, Error, Exit, LogItem, LogOptions, OpCx,
    Result, Runner, Started, codes, naming,
};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, LogParams};

use super::attempt::Attempt;
use super::found::Found;
use super::watch;
use super::whereabouts::Whereabouts;
use crate::api::{Cluster, Kind};
use crate::config::K8sConfig;
use crate::logs::{LogReader, Run};

/// How many of its last lines are shown with what is wrong with it.
const LINES: i64 = 20;

/// Runs attempts as Jobs of one pod, in the namespace of their environment.
///
/// An attempt's time is kept by the cluster, and counts from when its pod is there. What it needs stands on objects
/// that go with its Job. One that is stopped keeps its pod, with its exit and what it wrote, until it is forgotten.
/// What keeps a pod from starting, and will not get better by itself, ends the attempt as soon as somebody watches it.
/// Files that an attempt leaves are not kept: a pod that ended has none any more.
#[derive(Debug, Clone)]
pub struct K8sRunner {
    pub(super) config: Arc<K8sConfig>,
    pub(super) cluster: Cluster,
    pub(super) whereabouts: Whereabouts,
}

impl K8sRunner {
    pub(crate) fn new(config: Arc<K8sConfig>, cluster: Cluster) -> Self {
        Self { config, cluster, whereabouts: Whereabouts::default() }
    }

    /// How an attempt is. What it wrote last is read once it is over.
    pub(super) async fn state(&self, found: &Found) -> AttemptState {
        let Some(exit) = found.exit() else { return AttemptState::Running };
        let lines = match &found.pod {
            Some(pod) if exit != Exit::Lost => self.last_lines(&found.attempt, pod).await,
            _ => Vec::new(),
        };
        found.attempt.ended(exit, found.pod.as_ref(), lines)
    }

    async fn last_lines(&self, attempt: &Attempt, pod: &Pod) -> Vec<String> {
        let api: Api<Pod> = Api::namespaced(self.cluster.client(), &naming::namespace(&attempt.environment));
        let params = LogParams { tail_lines: Some(LINES), ..LogParams::default() };
        let text = api.logs(pod.metadata.name.as_deref().unwrap_or_default(), &params).await;
        text.unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

#[async_trait]
impl Runner for K8sRunner {
    async fn start(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started> {
        let (this, spec, cx) = (self.clone(), spec.clone(), cx.clone());
        let id = spec.id.clone();
        // In a task of its own: who stops waiting must not leave half an attempt.
        let starting = async move {
            let start = Box::pin(this.start_now(&spec, &cx));
            cx.deadline.limit(&*cx.env, &format!("the start of {}", spec.name), start).await?
        };
        tokio::spawn(starting).await.map_err(|e| {
            Error::internal(codes::INTERNAL_INVARIANT, format!("the start of attempt {id} broke off")).with_source(e)
        })?
    }

    fn watch(&self, id: &AttemptId) -> BoxStream<'static, Result<AttemptState>> {
        watch::watch(self.clone(), id.clone())
    }

    async fn stop(&self, id: &AttemptId, cx: &OpCx) -> Result<Change> {
        let Some(found) = self.find_in(&cx.environment, id).await? else {
            return Ok(Change::new(ChangeOutcome::Skipped, 0));
        };
        let version = found.attempt.version;
        if matches!(found.started(), Some(Started::Ended(_))) {
            return Ok(Change::new(ChangeOutcome::Unchanged, version));
        }
        let ending = async {
            if found.attempt.begun {
                self.stop_begun(&cx.environment, &found.attempt).await
            } else {
                self.remove(&found.attempt).await
            }
        };
        cx.deadline.limit(&*cx.env, &format!("the end of attempt {id}"), Box::pin(ending)).await??;
        Ok(Change::new(ChangeOutcome::Deleted, version))
    }

    fn logs(&self, id: &AttemptId, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        let (this, id) = (self.clone(), id.clone());
        let found = async move {
            let found = match this.known(&id).await {
                Ok(found) => found,
                Err(error) => return stream::iter([Err(error)]).boxed(),
            };
            let Some(pod) = found.pod else { return stream::empty().boxed() };
            let run = Run {
                pod: pod.metadata.name.unwrap_or_default(),
                uid: pod.metadata.uid.unwrap_or_default(),
                number: 0,
            };
            let namespace = naming::namespace(&found.attempt.environment);
            LogReader::new(this.cluster.clone(), namespace, run, this.config.log_lines, &how).stream()
        };
        stream::once(found).flatten().boxed()
    }

    async fn artifacts(&self, id: &AttemptId) -> Result<BTreeMap<String, Bytes>> {
        self.known(id).await?;
        Err(Error::unsupported(codes::CAPABILITY_UNSUPPORTED, "a pod that ended has no files any more")
            .with_hint("let the job write what it leaves to a volume or a bucket"))
    }

    async fn owned(&self, env: &EnvironmentId) -> Result<Vec<AttemptId>> {
        let namespace = naming::namespace(env);
        // All of them: the runtime of this cluster is asked right before or right after.
        let jobs = self.cluster.list_shared(Kind::Job, &namespace).await?;
        let own = jobs.iter().filter_map(|job| Attempt::of(&self.config.owner, job));
        // What was made and never let go is no attempt yet: starting it again is what mends that.
        let own: Vec<AttemptId> = own.filter(|one| one.begun && one.environment == *env).map(|one| one.id).collect();
        for id in &own {
            self.whereabouts.note(id, env);
        }
        Ok(own)
    }

    async fn forget(&self, id: &AttemptId, cx: &OpCx) -> Result<Change> {
        let Some(found) = self.find_in(&cx.environment, id).await? else {
            return Ok(Change::new(ChangeOutcome::Skipped, 0));
        };
        if found.attempt.begun && !matches!(found.started(), Some(Started::Ended(_)) | None) {
            let text = format!("attempt {id} still runs");
            return Err(Error::conflict(codes::ATTEMPT_CONFLICT, text).with_hint("stop it first"));
        }
        self.remove(&found.attempt).await?;
        self.whereabouts.forget(id);
        Ok(Change::new(ChangeOutcome::Deleted, found.attempt.version))
    }
}

impl fmt::Display for K8sRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "jobs of {}", self.cluster)
    }
}
