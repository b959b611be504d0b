//! What is known of an attempt, by its Job and pod. Pure.

use std::time::Duration;

use eve_core::{
    AttemptId, AttemptState, Digest, EnvironmentId, Evidence, Exit, FaultOwner, Finding, Incarnation, InstanceRef,
    ObjectId, ObjectName, RetryClass, Subject, Timestamp, codes, naming,
};
use k8s_openapi::api::core::v1::Pod;
use kube::api::DynamicObject;

use crate::labels;
use crate::name::K8sName;
use crate::runtime::pods;

/// The label of what runs an attempt, and the annotation with the attempt's id.
pub(crate) const ATTEMPT: &str = "eve.attempt";
/// The attempt's name, for people: an annotation.
pub(super) const NAME: &str = "eve.attempt.name";
/// The digest of the whole spec: an annotation.
pub(super) const DIGEST: &str = "eve.attempt.digest";
/// How long it may take, in milliseconds: an annotation.
pub(super) const TIMEOUT: &str = "eve.attempt.timeout-ms";

/// That somebody asked for its end: an annotation.
pub(super) const STOPPED: &str = "eve.attempt.stopped";
/// What kept it from starting, where that ended it: an annotation.
pub(super) const BLOCKED: &str = "eve.attempt.finding";

/// An attempt, by what is written on its Job.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) id: AttemptId,
    pub(super) environment: EnvironmentId,
    pub(super) name: String,
    pub(super) digest: Digest,
    pub(super) timeout: Duration,
    pub(super) uid: String,
    pub(super) version: u64,
    /// False for one that was made and never let go.
    pub(super) begun: bool,
    /// True for one whose end somebody asked for.
    pub(super) stopped: bool,
    /// What kept it from starting, where that ended it.
    pub(super) blocked: Option<Box<Finding>>,
    /// When it was made, by the cluster's clock.
    made: Timestamp,
}

/// The label of an attempt, and the name of its Job. An id may hold anything, so a label of it is taken.
pub(super) fn label(id: &AttemptId) -> String {
    naming::label(&format!("attempt-{id}"))
}

/// What finds its Job and pod.
pub(super) fn selector(owner: &K8sName, id: &AttemptId) -> String {
    format!("{}={owner},{ATTEMPT}={}", labels::OWNER, label(id))
}

impl Attempt {
    /// None for a Job that is something else, or somebody else's.
    pub(super) fn of(owner: &K8sName, job: &DynamicObject) -> Option<Self> {
        let meta = &job.metadata;
        if labels::text(meta.labels.as_ref(), labels::OWNER)? != owner.as_str() {
            return None;
        }
        let text = |key| labels::text(meta.annotations.as_ref(), key);
        Some(Self {
            id: eve_core::Body::of(&text(ATTEMPT)?).ok()?.decode().ok()?,
            environment: EnvironmentId::parse(text(labels::ENVIRONMENT)?).ok()?,
            name: text(NAME)?.to_owned(),
            digest: text(DIGEST)?.parse().ok()?,
            timeout: Duration::from_millis(text(TIMEOUT)?.parse().ok()?),
            uid: meta.uid.clone()?,
            version: crate::runtime::version(job),
            made: meta.creation_timestamp.as_ref().map_or_else(Timestamp::default, |time| pods::instant(&time.0)),
            stopped: text(STOPPED).is_some(),
            blocked: text(BLOCKED).and_then(|text| serde_json::from_str(text).ok()),
            begun: job.data.pointer("/spec/suspend").and_then(serde_json::Value::as_bool) != Some(true),
        })
    }

    /// How long it has been there.
    pub(super) fn age(&self) -> Duration {
        pods::instant(&k8s_openapi::jiff::Timestamp::now()).since(self.made)
    }

    /// That it ended so, and what is known of that.
    pub(super) fn ended(&self, exit: Exit, pod: Option<&Pod>, lines: Vec<String>) -> AttemptState {
        AttemptState::Ended { exit, finding: self.finding(exit, pod, lines).map(Box::new) }
    }

    fn finding(&self, exit: Exit, pod: Option<&Pod>, lines: Vec<String>) -> Option<Finding> {
        // What never ran has nothing else to tell.
        if let Some(blocked) = self.blocked.as_ref().filter(|_| exit == Exit::Lost) {
            return Some((**blocked).clone());
        }
        let name = &self.name;
        let end = pod.and_then(pods::last_end);
        let reason = end.and_then(|end| end.reason.as_deref()).unwrap_or_default();
        let (code, text, owner) = match exit {
            _ if !self.stopped && pod.is_some_and(is_late) => {
                let text = format!("{name} was ended after {} s, when its time was up", self.timeout.as_secs());
                (codes::ATTEMPT_DEADLINE, text, FaultOwner::User)
            }
            Exit::Code(0) => return None,
            _ if reason == "OOMKilled" => {
                (codes::WORKLOAD_OOM_KILLED, format!("{name} used more memory than it may"), FaultOwner::User)
            }
            Exit::Lost if self.stopped => {
                (codes::CANCELLED, format!("{name} was stopped before anything of it ran"), FaultOwner::User)
            }
            Exit::Lost => (codes::ATTEMPT_LOST, format!("nobody saw how {name} ended"), FaultOwner::Platform),
            exit if self.stopped => {
                (codes::ATTEMPT_FAILED, format!("{name} was stopped, and ended with {exit}"), FaultOwner::User)
            }
            exit => (codes::ATTEMPT_FAILED, format!("{name} ended with {exit}"), FaultOwner::User),
        };
        let since = end.map_or_else(Timestamp::default, pods::ended_at);
        let finding = Finding::new(code, self.subject(), text, since)
            .with_owner(owner, RetryClass::BackOff)
            .with_evidence(Evidence::Exit { exit, restarts: 0 });
        Some(finding.with_evidence(Evidence::LogTail { source: self.id.to_string(), lines }))
    }

    /// What findings about it are about.
    pub(super) fn subject(&self) -> Subject {
        let mut subject = Subject::default();
        if let Ok(name) = ObjectName::new(label(&self.id)) {
            let incarnation = Incarnation::new(self.uid.clone());
            subject.instance = Some(InstanceRef::new(ObjectId::new("attempt", name), incarnation));
        }
        subject.hash = Some(self.digest.clone());
        subject.version = self.version;
        subject
    }
}

/// How an attempt's pod ended; none while it has not.
pub(super) fn exit(pod: &Pod) -> Option<Exit> {
    if !pods::has_ended(pod) {
        return None;
    }
    // Who was ended by the cluster before anything ran has no exit.
    Some(pods::last_end(pod).map_or(Exit::Lost, pods::exit))
}

/// True for a pod that the cluster ended because its time was up.
fn is_late(pod: &Pod) -> bool {
    pod.status.as_ref().and_then(|status| status.reason.as_deref()) == Some("DeadlineExceeded")
}
