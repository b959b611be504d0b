//! What is known of an attempt, by its container. Pure.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum, ContainerSummary};
use eve_core::{
    AttemptId, AttemptSpec, AttemptState, Digest, EnvironmentId, Evidence, Exit, FaultOwner, Finding, Incarnation,
    InstanceRef, LogSource, ObjectId, ObjectName, OpCx, Result, RetryClass, Subject, Timestamp, codes, naming,
};

use crate::clock;
use crate::config::Owner;
use crate::runtime::exit_of;

const OWNER: &str = "eve.owner";
/// Not the label of an environment's objects: attempts are none of them.
const ENVIRONMENT: &str = "eve.attempt.environment";
const ID: &str = "eve.attempt";
const NAME: &str = "eve.attempt.name";
const DIGEST: &str = "eve.attempt.digest";
const TIMEOUT: &str = "eve.attempt.timeout_ms";
const OPERATION: &str = "eve.operation";
const FENCE: &str = "eve.fence";

/// An attempt, by what is written on its container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) id: AttemptId,
    pub(super) environment: EnvironmentId,
    pub(super) name: String,
    /// Of the whole spec.
    pub(super) digest: Digest,
    pub(super) timeout: Duration,
}

/// How the container of an attempt is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) container: String,
    pub(super) attempt: Attempt,
    /// False for one that was made and never started.
    pub(super) begun: bool,
    pub(super) exit: Option<Exit>,
    created: Option<Timestamp>,
    pub(super) started: Option<Timestamp>,
    pub(super) finished: Option<Timestamp>,
    pub(super) out_of_memory: bool,
}

impl Attempt {
    /// # Errors
    /// `internal.encode` never happens for a spec.
    pub(super) fn new(spec: &AttemptSpec) -> Result<Self> {
        Ok(Self {
            id: spec.id.clone(),
            environment: spec.environment.clone(),
            name: spec.name.clone(),
            digest: spec.digest()?,
            timeout: spec.timeout,
        })
    }

    /// The conditions by which an environment's attempts are listed.
    pub(super) fn filters(owner: &Owner, env: &EnvironmentId) -> [(&'static str, String); 2] {
        [("label", format!("{OWNER}={}", owner.as_str())), ("label", format!("{ENVIRONMENT}={env}"))]
    }

    /// The name of an attempt's container. An id may hold anything, so a label of it is taken.
    pub(super) fn container_name(owner: &Owner, id: &AttemptId) -> String {
        format!("eve-attempt_{}", naming::label(&format!("{}-{id}", owner.as_str())))
    }

    /// The name under which its lines are read.
    pub(super) fn source(&self) -> LogSource {
        LogSource::new(self.id.as_str())
    }

    pub(super) fn write(&self, owner: &Owner, cx: &OpCx) -> HashMap<String, String> {
        let millis = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
        [
            (OWNER, owner.as_str().to_owned()),
            (ENVIRONMENT, self.environment.to_string()),
            (ID, self.id.to_string()),
            (NAME, self.name.clone()),
            (DIGEST, self.digest.to_string()),
            (TIMEOUT, millis.to_string()),
            (OPERATION, cx.operation.to_string()),
            (FENCE, cx.fence.to_string()),
            ("com.docker.compose.project", naming::namespace(&self.environment)),
            ("com.docker.compose.service", self.name.clone()),
            ("com.docker.compose.oneoff", "True".to_owned()),
        ]
        .into_iter()
        .map(|(key, text)| (key.to_owned(), text))
        .collect()
    }

    /// None for a container that is something else, or somebody else's.
    pub(super) fn read(owner: &Owner, labels: Option<&HashMap<String, String>>) -> Option<Self> {
        let text = |key: &str| labels?.get(key).map(String::as_str);
        if text(OWNER)? != owner.as_str() {
            return None;
        }
        Some(Self {
            id: eve_core::Body::of(&text(ID)?).ok()?.decode().ok()?,
            environment: EnvironmentId::parse(text(ENVIRONMENT)?).ok()?,
            name: text(NAME)?.to_owned(),
            digest: text(DIGEST)?.parse().ok()?,
            timeout: Duration::from_millis(text(TIMEOUT)?.parse().ok()?),
        })
    }

    pub(super) fn of_summary(owner: &Owner, seen: &ContainerSummary) -> Option<Self> {
        Self::read(owner, seen.labels.as_ref())
    }
}

impl Seen {
    /// None for a container that is something else, or somebody else's.
    pub(super) fn of(owner: &Owner, seen: &ContainerInspectResponse) -> Option<Self> {
        let attempt = Attempt::read(owner, seen.config.as_ref()?.labels.as_ref())?;
        let state = seen.state.as_ref()?;
        let at = |text: &Option<String>| text.as_deref().and_then(clock::timestamp);
        let begun = state.status != Some(ContainerStateStatusEnum::CREATED);
        Some(Self {
            container: seen.id.clone()?,
            attempt,
            begun,
            exit: exit_of(seen),
            created: at(&seen.created),
            started: at(&state.started_at),
            finished: at(&state.finished_at),
            out_of_memory: state.oom_killed == Some(true),
        })
    }

    /// How long it has been going on, by this clock or by the engine's if it is over.
    fn lasted(&self, now: Timestamp) -> Duration {
        self.started.map_or(Duration::ZERO, |started| self.finished.unwrap_or(now).since(started))
    }

    /// How long it has been there.
    pub(super) fn age(&self, now: Timestamp) -> Duration {
        self.created.map_or(Duration::MAX, |created| now.since(created))
    }

    /// How long it may still take; none if it is over.
    pub(super) fn left(&self, now: Timestamp) -> Option<Duration> {
        let since = self.started.or(self.created).map_or(Duration::ZERO, |since| now.since(since));
        self.exit.is_none().then(|| self.attempt.timeout.saturating_sub(since))
    }

    pub(super) fn state(&self, lines: Vec<String>, now: Timestamp) -> AttemptState {
        match self.exit {
            None => AttemptState::Running,
            Some(exit) => AttemptState::Ended { exit, finding: self.finding(exit, lines, now).map(Box::new) },
        }
    }

    fn finding(&self, exit: Exit, lines: Vec<String>, now: Timestamp) -> Option<Finding> {
        let name = &self.attempt.name;
        let timed_out = !exit.is_success() && self.lasted(now) >= self.attempt.timeout;
        let (code, text, owner) = match exit {
            _ if timed_out => {
                let text = format!("{name} was ended after {} s, when its time was up", self.attempt.timeout.as_secs());
                (codes::ATTEMPT_DEADLINE, text, FaultOwner::User)
            }
            Exit::Code(0) => return None,
            _ if self.out_of_memory => {
                (codes::WORKLOAD_OOM_KILLED, format!("{name} used more memory than it may"), FaultOwner::User)
            }
            Exit::Lost => (codes::ATTEMPT_LOST, format!("nobody saw how {name} ended"), FaultOwner::Platform),
            exit => (codes::ATTEMPT_FAILED, format!("{name} ended with {exit}"), FaultOwner::User),
        };
        let finding = Finding::new(code, self.subject(), text, self.finished.unwrap_or(now))
            .with_owner(owner, RetryClass::BackOff)
            .with_evidence(Evidence::Exit { exit, restarts: 0 });
        Some(finding.with_evidence(Evidence::LogTail { source: self.attempt.source().to_string(), lines }))
    }

    fn subject(&self) -> Subject {
        let mut subject = Subject::default();
        if let Ok(name) = ObjectName::new(naming::label(self.attempt.id.as_str())) {
            let incarnation = Incarnation::new(self.container.clone());
            subject.instance = Some(InstanceRef::new(ObjectId::new("attempt", name), incarnation));
        }
        subject.hash = Some(self.attempt.digest.clone());
        subject.version = self.started.unwrap_or_default().as_millis();
        subject
    }
}
