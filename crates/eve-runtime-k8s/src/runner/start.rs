//! Starting attempts.

use std::time::Duration;

use eve_core::{AttemptSpec, Error, OpCx, Result, Started, codes, naming};
use kube::api::DynamicObject;
use kube::runtime::wait::await_condition;
use serde_json::{Value, json};

use super::attempt::{ATTEMPT, Attempt, label};
use super::found::Found;
use super::job::Parts;
use super::watch::AttemptWatch;
use super::{K8sRunner, obstacle};
use crate::api::{Apply, Kind, unavailable};
use crate::labels::Mark;
use crate::runtime::unknown as unknown_op;
use crate::{labels, render, values};

/// How long whoever made a Job may take until he lets it go.
const ABOUT_TO_START: Duration = Duration::from_secs(10);
/// How long a start is waited for: what takes longer is told by whoever watches.
const START: Duration = Duration::from_secs(20);

impl K8sRunner {
    pub(super) async fn start_now(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started> {
        cx.admit()?;
        let namespace = naming::namespace(&spec.environment);
        let parts = Parts::of(&self.config, &namespace, spec, cx)?;
        let secrets = values::of_secrets(&parts.secrets.templates, &parts.secrets.versions, cx).await?;
        let files = values::of_files(&parts.files.blobs, cx).await?;
        self.whereabouts.note(&spec.id, &spec.environment);
        loop {
            if let Some(found) = self.find_in(&spec.environment, &spec.id).await? {
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
        if let Some(started) = found.started() {
            return Ok(Some(started));
        }
        let left = ABOUT_TO_START.saturating_sub(found.attempt.age());
        if found.is_ending || left.is_zero() {
            // Whoever made it is gone. If he is only slow, he finds that it is not there any more.
            self.remove(&found.attempt).await?;
        } else {
            self.until_let_go(&found.attempt, left).await?;
        }
        Ok(None)
    }

    /// Waits until whoever made a Job lets it go, or it is gone: that long at most.
    async fn until_let_go(&self, attempt: &Attempt, left: Duration) -> Result<()> {
        let is_let_go = |job: Option<&DynamicObject>| job.is_none_or(|job| job.data["spec"]["suspend"] != true);
        let api = self.cluster.api(Kind::Job, &naming::namespace(&attempt.environment));
        let seen = tokio::time::timeout(left, await_condition(api, &label(&attempt.id), is_let_go)).await;
        seen.map_or(Ok(()), |seen| seen.map(drop)).map_err(|error| {
            let text = format!("whether attempt {} begins was not seen", attempt.id);
            Error::unavailable(codes::BACKEND_UNAVAILABLE, text).with_source(error)
        })
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
        let name = job.metadata.name.as_deref().unwrap_or_default();
        // This very one, and no other of its name.
        let go = json!({ "metadata": { "uid": job.metadata.uid }, "spec": { "suspend": false } });
        let gone = self.cluster.merge(Kind::Job, namespace, name, &go).await;
        gone.map_err(|error| unavailable("letting an attempt go", error))
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
        let mut watch = AttemptWatch::open(self, &spec.environment, &spec.id);
        let begun = async {
            loop {
                let found = watch.next().await?;
                if let Some(error) = found.pod.as_ref().and_then(|pod| obstacle::of(pod, &spec.name)) {
                    self.remove(&found.attempt).await?;
                    return Err(error);
                }
                // What was ended for what keeps it from starting is told to whoever watches.
                if found.has_run() || found.attempt.blocked.is_some() {
                    return Ok(());
                }
                watch.consider(&found).await?;
            }
        };
        // What takes longer is waited for by whoever watches.
        tokio::time::timeout(START, begun).await.unwrap_or(Ok(()))?;
        Ok(Started::New)
    }
}
