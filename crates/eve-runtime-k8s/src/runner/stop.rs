//! How attempts are ended.

use std::time::Duration;

use eve_core::{AttemptId, EnvironmentId, Error, Finding, Result, codes, naming};
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::conditions::is_deleted;
use kube::runtime::wait::await_condition;
use serde_json::{Value, json};

use super::K8sRunner;
use super::attempt::{Attempt, BLOCKED, STOPPED, label};
use super::watch::AttemptWatch;
use crate::api::{Kind, is_conflict, is_gone, unavailable};
use crate::runtime::pods;

/// A deadline that has passed as soon as it is set: the cluster counts in whole seconds.
const NOW: u32 = 1;
/// After a gap in the watch.
const PAUSE: Duration = Duration::from_millis(100);

impl K8sRunner {
    /// Ends what runs of an attempt with the grace of its pod, and waits for that. Pod and Job stay, so that it can
    /// still be asked how that went.
    pub(super) async fn stop_begun(&self, environment: &EnvironmentId, attempt: &Attempt) -> Result<()> {
        let mark = json!({ "metadata": { "annotations": { STOPPED: "true" } } });
        self.change(attempt, mark).await?;
        let mut watch = AttemptWatch::open(self, environment, &attempt.id);
        let (mut pod_knows, mut job_knows) = (false, false);
        loop {
            let found = match watch.next().await {
                Err(gone) if *gone.code() == codes::ATTEMPT_UNKNOWN => return Ok(()),
                // The watch goes on by itself, for as long as whoever waits for the end has time.
                Err(gap) if gap.is_retryable() => {
                    tracing::debug!(%gap, attempt = %attempt.id, "a gap in the watch of its end");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                found => found?,
            };
            if found.exit().is_some() {
                return Ok(());
            }
            let pod = found.pod.as_ref();
            if job_knows || pod.is_some_and(|pod| pod_knows || pods::has_ended(pod)) {
                continue;
            }
            if let Some(pod) = pod.filter(|pod| is_placed(pod)) {
                pod_knows = self.end_pod(attempt, pod).await?;
                if pod_knows {
                    continue;
                }
            }
            // On no node nobody would end a pod by its own deadline, and nothing of it ran. Who may not end the pod
            // has to end the Job, with whatever the pod would have told.
            self.change(attempt, json!({ "spec": { "activeDeadlineSeconds": NOW } })).await?;
            job_knows = true;
        }
    }

    /// Ends an attempt that has not run, for what keeps it from that: whoever asks for it is told.
    pub(super) async fn block(&self, attempt: &Attempt, finding: &Finding) -> Result<()> {
        let text = serde_json::to_string(finding).map_err(|error| {
            Error::internal(codes::INTERNAL_ENCODE, "a finding has no stored form").with_source(error)
        })?;
        let fields = json!({
            "metadata": { "annotations": { BLOCKED: text } },
            "spec": { "activeDeadlineSeconds": NOW },
        });
        self.change(attempt, fields).await
    }

    /// Ends a pod by its own deadline: the cluster keeps it then, with its exit and what it wrote. False if that is
    /// not allowed.
    async fn end_pod(&self, attempt: &Attempt, pod: &Pod) -> Result<bool> {
        let namespace = naming::namespace(&attempt.environment);
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        let fields = json!({ "metadata": { "uid": pod.metadata.uid }, "spec": { "activeDeadlineSeconds": NOW } });
        match self.cluster.merge(Kind::Pod, &namespace, name, &fields).await {
            Err(error) if is_gone(&error) || is_conflict(&error) => Ok(true),
            Err(error) => {
                let error = unavailable(&format!("ending the pod of attempt {}", attempt.id), error);
                if *error.code() != codes::ACCESS_DENIED {
                    return Err(error);
                }
                tracing::warn!(%error, "its exit will not be known");
                Ok(false)
            }
            Ok(()) => Ok(true),
        }
    }

    /// Changes fields of an attempt's Job. One that is gone needs no change.
    async fn change(&self, attempt: &Attempt, mut fields: Value) -> Result<()> {
        fields["metadata"]["uid"] = json!(attempt.uid);
        let namespace = naming::namespace(&attempt.environment);
        match self.cluster.merge(Kind::Job, &namespace, &label(&attempt.id), &fields).await {
            Err(error) if is_gone(&error) || is_conflict(&error) => Ok(()),
            asked => asked.map_err(|error| unavailable(&ending(&attempt.id), error)),
        }
    }

    /// Removes an attempt with everything that was made for it, and waits for that.
    pub(super) async fn remove(&self, attempt: &Attempt) -> Result<()> {
        let (namespace, name) = (naming::namespace(&attempt.environment), label(&attempt.id));
        match self.cluster.delete(Kind::Job, &namespace, &name, &attempt.uid).await {
            Err(error) if is_gone(&error) || is_conflict(&error) => return Ok(()),
            asked => asked.map_err(|error| unavailable(&ending(&attempt.id), error))?,
        }
        let gone = await_condition(self.cluster.api(Kind::Job, &namespace), &name, is_deleted(&attempt.uid)).await;
        gone.map(drop).map_err(|error| {
            let text = format!("the end of attempt {} was not seen", attempt.id);
            Error::unavailable(codes::BACKEND_UNAVAILABLE, text).with_source(error)
        })
    }
}

fn ending(id: &AttemptId) -> String {
    format!("ending attempt {id}")
}

/// True for a pod that a node was found for: whoever runs that ends it.
fn is_placed(pod: &Pod) -> bool {
    pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some())
}
