//! The runner.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{
    AttemptId, AttemptSpec, AttemptState, Change, ChangeOutcome, EnvironmentId, Error, LogItem, LogOptions, OpCx,
    Result, Runner, Started, codes, naming,
};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DynamicObject, ListParams, LogParams, Patch, PatchParams};
use kube::runtime::conditions::is_deleted;
use kube::runtime::wait::await_condition;
use serde_json::{Value, json};

use super::attempt::{ATTEMPT, Attempt, exit, label};
use super::job::Parts;
use super::{obstacle, watch};
use crate::api::{Apply, Cluster, Kind, is_conflict, is_gone, unavailable};
use crate::config::K8sConfig;
use crate::labels::Mark;
use crate::logs::{LogReader, Run};
use crate::runtime::{Look, observe, pods, unknown as unknown_op};
use crate::{labels, render, values};

/// How long whoever made a Job may take until he lets it go.
const ABOUT_TO_START: Duration = Duration::from_secs(10);
/// How long a start is waited for: what takes longer is told by whoever watches.
const START: Duration = Duration::from_secs(20);
/// Between two looks at what is about to start.
const AGAIN: Duration = Duration::from_millis(100);
/// How many of its last lines are shown with what is wrong with it.
const LINES: i64 = 20;

/// Runs attempts as Jobs of one pod, in the namespace of their environment.
///
/// An attempt's time is kept by the cluster, and counts from when its pod is there. What it needs stands on objects
/// that go with its Job. Files that an attempt leaves are not kept: a pod that ended has none any more.
#[derive(Debug, Clone)]
pub struct K8sRunner {
    pub(super) config: Arc<K8sConfig>,
    pub(super) cluster: Cluster,
}

/// An attempt, as it was found.
pub(super) struct Found {
    pub(super) attempt: Attempt,
    pub(super) pod: Option<Pod>,
    is_over: bool,
    is_ending: bool,
}

impl K8sRunner {
    pub(crate) fn new(config: Arc<K8sConfig>, cluster: Cluster) -> Self {
        Self { config, cluster }
    }

    /// The attempt of an id, wherever it is; none if it is not there.
    async fn find(&self, id: &AttemptId) -> Result<Option<Found>> {
        let own =
            ListParams::default().labels(&format!("{}={},{ATTEMPT}={}", labels::OWNER, self.config.owner, label(id)));
        let failed = |error| unavailable("looking for an attempt", error);
        let jobs: Api<DynamicObject> = Api::all_with(self.cluster.client(), &Kind::Job.resource());
        let all: Api<Pod> = Api::all(self.cluster.client());
        let (jobs, pods) = futures_util::future::try_join(jobs.list(&own), all.list(&own)).await.map_err(failed)?;
        Ok(jobs.items.iter().find_map(|job| self.found(job, pods.items.clone(), id)))
    }

    /// The attempt of an id among what was looked at.
    pub(super) fn in_look(&self, look: &Look, id: &AttemptId) -> Option<Found> {
        let job = look.of(Kind::Job).find(|job| job.metadata.name.as_deref() == Some(&*label(id)))?;
        self.found(job, look.pods().cloned().collect(), id)
    }

    fn found(&self, job: &DynamicObject, pods: Vec<Pod>, id: &AttemptId) -> Option<Found> {
        let attempt = Attempt::of(&self.config.owner, job).filter(|attempt| attempt.id == *id)?;
        let is_own = |pod: &Pod| {
            let owners = pod.metadata.owner_references.iter().flatten();
            owners.into_iter().any(|owner| owner.uid == attempt.uid)
        };
        Some(Found {
            pod: pods.into_iter().find(is_own),
            is_over: observe::is_over(job),
            is_ending: job.metadata.deletion_timestamp.is_some(),
            attempt,
        })
    }

    pub(super) async fn known(&self, id: &AttemptId) -> Result<Found> {
        self.find(id).await?.ok_or_else(|| unknown(id))
    }

    /// How an attempt is. What it wrote last is read once it is over.
    pub(super) async fn state(&self, found: &Found) -> AttemptState {
        let lines = match &found.pod {
            Some(pod) if exit(pod).is_some() => self.last_lines(&found.attempt, pod).await,
            _ => Vec::new(),
        };
        found.attempt.state(found.pod.as_ref(), found.is_over, lines)
    }

    async fn last_lines(&self, attempt: &Attempt, pod: &Pod) -> Vec<String> {
        let api: Api<Pod> = Api::namespaced(self.cluster.client(), &naming::namespace(&attempt.environment));
        let params = LogParams { tail_lines: Some(LINES), ..LogParams::default() };
        let text = api.logs(pod.metadata.name.as_deref().unwrap_or_default(), &params).await;
        text.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    async fn start_now(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started> {
        cx.admit()?;
        let namespace = naming::namespace(&spec.environment);
        let parts = Parts::of(&self.config, &namespace, spec, cx)?;
        let secrets = values::of_secrets(&parts.secrets.templates, &parts.secrets.versions, cx).await?;
        let files = values::of_files(&parts.files.blobs, cx).await?;
        loop {
            if let Some(found) = self.find(&spec.id).await? {
                match self.is_there(spec, &found).await? {
                    Some(started) => return Ok(started),
                    None => continue,
                }
            }
            self.ensure_namespace(spec, cx).await?;
            // Who made it lets it go, and nobody else: it must not run twice.
            if let Some(job) = self.make(&namespace, &parts.job).await? {
                self.hold(&namespace, spec, &parts, &job, (json!(secrets), json!(files))).await?;
                self.let_go(&namespace, &job).await?;
                return self.begin(spec).await;
            }
        }
    }

    /// What it means that an attempt is there already; none if it is to be looked for again.
    ///
    /// # Errors
    /// `attempt.conflict` if it was started with another spec.
    async fn is_there(&self, spec: &AttemptSpec, found: &Found) -> Result<Option<Started>> {
        if found.attempt.digest != spec.digest()? {
            let text = format!("attempt {} exists with another spec", spec.id);
            return Err(Error::conflict(codes::ATTEMPT_CONFLICT, text));
        }
        if let Some(started) = started(found) {
            return Ok(Some(started));
        }
        if found.is_ending || found.attempt.age() > ABOUT_TO_START {
            // Whoever made it is gone. If he is only slow, he finds that it is not there any more.
            self.end(&found.attempt).await?;
        } else {
            tokio::time::sleep(AGAIN).await;
        }
        Ok(None)
    }

    /// The Job, held back; none if one is there.
    async fn make(&self, namespace: &str, job: &Value) -> Result<Option<DynamicObject>> {
        let failed = |error| unavailable("making the Job of an attempt", error);
        let object: DynamicObject = serde_json::from_value(job.clone())
            .map_err(|error| Error::internal(codes::INTERNAL_ENCODE, "a Job has no stored form").with_source(error))?;
        self.cluster.create(Kind::Job, namespace, &object, &self.config.runtime_manager()).await.map_err(failed)
    }

    /// Puts in place what a Job's pod is to find there. It goes with the Job.
    async fn hold(
        &self,
        namespace: &str,
        spec: &AttemptSpec,
        parts: &Parts,
        job: &DynamicObject,
        (secrets, files): (Value, Value),
    ) -> Result<()> {
        let owner = json!([{
            "apiVersion": "batch/v1", "kind": "Job", "name": job.metadata.name, "uid": job.metadata.uid,
        }]);
        let held = [
            (Kind::Secret, &parts.secrets.name, "data", secrets),
            (Kind::ConfigMap, &parts.files.name, "binaryData", files),
        ];
        for (kind, name, key, data) in held {
            let Some(name) = name else { continue };
            let marks = json!({ labels::OWNER: self.config.owner, ATTEMPT: label(&spec.id) });
            let object = json!({
                "apiVersion": "v1", "kind": kind.names().2,
                "metadata": { "name": name, "namespace": namespace, "labels": marks, "ownerReferences": owner },
                key: data,
            });
            self.apply(kind, namespace, &object).await?;
        }
        Ok(())
    }

    async fn let_go(&self, namespace: &str, job: &DynamicObject) -> Result<()> {
        let api: Api<DynamicObject> = self.cluster.api(Kind::Job, namespace);
        let name = job.metadata.name.as_deref().unwrap_or_default();
        // This very one, and no other of its name.
        let go = json!({ "metadata": { "uid": job.metadata.uid }, "spec": { "suspend": false } });
        let gone = api.patch(name, &PatchParams::default(), &Patch::Merge(&go)).await;
        gone.map(drop).map_err(|error| unavailable("letting an attempt go", error))
    }

    async fn apply(&self, kind: Kind, namespace: &str, object: &Value) -> Result<DynamicObject> {
        let (manager, name) = (self.config.runtime_manager(), object["metadata"]["name"].as_str().unwrap_or_default());
        let how = Apply { manager: &manager, dry_run: false };
        let applied = self.cluster.apply(kind, namespace, name, object, how).await;
        applied.map_err(|error| unavailable(&format!("applying {} {name}", kind.word()), error))
    }

    /// Before the first deploy there is none: it is made as the runtime makes it.
    async fn ensure_namespace(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<()> {
        let name = naming::namespace(&spec.environment);
        let (namespace, account) = tokio::try_join!(
            self.cluster.find(Kind::Namespace, "", &name),
            self.cluster.find(Kind::ServiceAccount, &name, render::ACCOUNT)
        )?;
        if namespace
            .as_ref()
            .is_some_and(|found| Mark::read(&self.config.owner, &spec.environment, &found.metadata).is_none())
        {
            let text = format!("namespace {name} exists and is not Eve's");
            return Err(Error::conflict(codes::OBJECT_FOREIGN, text)
                .with_hint("rename or remove it; Eve never touches what it did not make"));
        }
        if namespace.is_some() && account.is_some() {
            return Ok(());
        }
        for op in render::for_attempts(&self.config, &spec.environment)? {
            let kind = Kind::of_word(&op.object.kind).ok_or_else(|| unknown_op(&op))?;
            self.apply(kind, &name, &values::filled(&op, cx).await?).await?;
        }
        Ok(())
    }

    /// Waits until a pod runs, or will not.
    async fn begin(&self, spec: &AttemptSpec) -> Result<Started> {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < START {
            let Some(found) = self.find(&spec.id).await? else { return Err(unknown(&spec.id)) };
            if let Some(pod) = &found.pod {
                if let Some(error) = obstacle::of(pod, &spec.name) {
                    self.end(&found.attempt).await?;
                    return Err(error);
                }
                let state = pods::container(pod).and_then(|container| container.state.as_ref());
                if state.is_some_and(|state| state.running.is_some() || state.terminated.is_some())
                    || exit(pod).is_some()
                {
                    return Ok(Started::New);
                }
            }
            if found.is_over {
                return Ok(Started::New);
            }
            tokio::time::sleep(AGAIN).await;
        }
        Ok(Started::New)
    }

    /// Removes an attempt with everything that was made for it, and waits for that.
    async fn end(&self, attempt: &Attempt) -> Result<()> {
        let (namespace, name) = (naming::namespace(&attempt.environment), label(&attempt.id));
        match self.cluster.delete(Kind::Job, &namespace, &name, &attempt.uid).await {
            Err(error) if is_gone(&error) || is_conflict(&error) => return Ok(()),
            asked => asked.map_err(|error| unavailable(&format!("ending attempt {}", attempt.id), error))?,
        }
        let gone = await_condition(self.cluster.api(Kind::Job, &namespace), &name, is_deleted(&attempt.uid)).await;
        gone.map(drop).map_err(|error| {
            let text = format!("the end of attempt {} was not seen", attempt.id);
            Error::unavailable(codes::BACKEND_UNAVAILABLE, text).with_source(error)
        })
    }
}

pub(super) fn unknown(id: &AttemptId) -> Error {
    Error::not_found(codes::ATTEMPT_UNKNOWN, format!("attempt {id} is not held here"))
}

/// What it means that an attempt is there already; none if it was never let go.
fn started(found: &Found) -> Option<Started> {
    if found.is_ending || !found.attempt.begun {
        return None;
    }
    match found.pod.as_ref().and_then(exit) {
        Some(exit) => Some(Started::Ended(exit)),
        None if found.is_over => Some(Started::Ended(eve_core::Exit::Lost)),
        None => Some(Started::Adopted),
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
        let Some(found) = self.find(id).await? else { return Ok(Change::new(ChangeOutcome::Skipped, 0)) };
        let version = found.attempt.version;
        if matches!(started(&found), Some(Started::Ended(_))) {
            return Ok(Change::new(ChangeOutcome::Unchanged, version));
        }
        let what = format!("the end of attempt {id}");
        if !found.attempt.begun {
            cx.deadline.limit(&*cx.env, &what, self.end(&found.attempt)).await??;
            return Ok(Change::new(ChangeOutcome::Deleted, version));
        }
        // A Job whose time is up ends its pod and stays, so that it can still be asked how that went.
        let ending = async {
            let (namespace, name) = (naming::namespace(&found.attempt.environment), label(id));
            let api: Api<DynamicObject> = self.cluster.api(Kind::Job, &namespace);
            let now = json!({ "spec": { "activeDeadlineSeconds": 1 } });
            let asked = api.patch(&name, &PatchParams::default(), &Patch::Merge(&now)).await;
            asked.map_err(|error| unavailable(&what, error))?;
            loop {
                let Some(found) = self.find(id).await? else { return Ok(()) };
                let has_pod = found.pod.as_ref().is_some_and(|pod| !pods::has_ended(pod));
                if found.is_over && !has_pod {
                    return Ok(());
                }
                tokio::time::sleep(AGAIN).await;
            }
        };
        cx.deadline.limit(&*cx.env, &what, ending).await??;
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
        let jobs = self.cluster.list(Kind::Job, &naming::namespace(env)).await?;
        let own = jobs.iter().filter_map(|job| Attempt::of(&self.config.owner, job));
        // What was made and never let go is no attempt yet: starting it again is what mends that.
        Ok(own.filter(|one| one.begun && one.environment == *env).map(|one| one.id).collect())
    }

    async fn forget(&self, id: &AttemptId, _: &OpCx) -> Result<Change> {
        let Some(found) = self.find(id).await? else { return Ok(Change::new(ChangeOutcome::Skipped, 0)) };
        if found.attempt.begun && !matches!(started(&found), Some(Started::Ended(_)) | None) {
            let text = format!("attempt {id} still runs");
            return Err(Error::conflict(codes::ATTEMPT_CONFLICT, text).with_hint("stop it first"));
        }
        self.end(&found.attempt).await?;
        Ok(Change::new(ChangeOutcome::Deleted, found.attempt.version))
    }
}

impl fmt::Display for K8sRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "jobs of {}", self.cluster)
    }
}
