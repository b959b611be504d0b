//! What the runner knows of an attempt that it started.

use std::time::Duration;

use eve_core::{
    AttemptId, AttemptSpec, AttemptState, Digest, EnvironmentId, Evidence, Exit, FaultOwner, Finding, Incarnation,
    InstanceRef, LogSource, ObjectId, ObjectName, Result, RetryClass, Subject, codes, naming,
};
use serde::{Deserialize, Serialize};

use crate::processes::{ChildId, ChildState, ChildStatus};

/// What the runner stores beside a child: the holder knows nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attempt {
    pub(super) id: AttemptId,
    pub(super) environment: EnvironmentId,
    pub(super) name: String,
    /// Of the whole spec.
    pub(super) digest: Digest,
    pub(super) timeout: Duration,
}

impl Attempt {
    /// The folder of all attempts.
    pub(super) const FOLDER: &str = "attempts";

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

    /// The attempt that a child is; none if it is something else.
    pub(super) fn of(status: &ChildStatus) -> Option<Self> {
        status.id.as_str().starts_with(Self::FOLDER).then(|| status.about.decode().ok()).flatten()
    }

    /// The child of an attempt. An id may hold anything, so its folder is named for a label of it.
    ///
    /// # Errors
    /// `name.invalid` never happens: a label is a valid folder.
    pub(super) fn child(id: &AttemptId) -> Result<ChildId> {
        ChildId::new(format!("{}/{}", Self::FOLDER, naming::label(id.as_str())))
    }

    /// The name under which its lines are read.
    pub(super) fn source(&self) -> LogSource {
        LogSource::new(self.id.as_str())
    }

    /// How the attempt is, by its child.
    pub(super) fn state(&self, status: &ChildStatus) -> AttemptState {
        match exit(status) {
            None => AttemptState::Running,
            Some(exit) => AttemptState::Ended { exit, finding: self.finding(exit, status).map(Box::new) },
        }
    }

    fn finding(&self, exit: Exit, status: &ChildStatus) -> Option<Finding> {
        let name = &self.name;
        let (code, text, owner, retry) = match exit {
            _ if status.timed_out => {
                let text = format!("{name} was ended after {} s, when its time was up", self.timeout.as_secs());
                (codes::ATTEMPT_DEADLINE, text, FaultOwner::User, RetryClass::BackOff)
            }
            Exit::Code(0) => return None,
            Exit::Lost => {
                let text = format!("nobody saw how {name} ended");
                (codes::ATTEMPT_LOST, text, FaultOwner::Platform, RetryClass::BackOff)
            }
            exit => (codes::ATTEMPT_FAILED, format!("{name} ended with {exit}"), FaultOwner::User, RetryClass::BackOff),
        };
        let finding = Finding::new(code, self.subject(status), text, crate::clock::now()).with_owner(owner, retry);
        let tail = Evidence::LogTail { source: status.source.to_string(), lines: status.lines.clone() };
        Some(finding.with_evidence(Evidence::Exit { exit, restarts: 0 }).with_evidence(tail))
    }

    fn subject(&self, status: &ChildStatus) -> Subject {
        let mut subject = Subject::default();
        if let Ok(name) = ObjectName::new(naming::label(self.id.as_str())) {
            let incarnation = Incarnation::new(status.started.as_millis().to_string());
            subject.instance = Some(InstanceRef::new(ObjectId::new("attempt", name), incarnation));
        }
        subject.hash = Some(self.digest.clone());
        subject.version = status.version;
        subject
    }
}

/// How an attempt ended, if it did.
pub(super) fn exit(status: &ChildStatus) -> Option<Exit> {
    match &status.state {
        ChildState::Ended { exit } => Some(*exit),
        ChildState::CannotStart { .. } => Some(Exit::Lost),
        _ => None,
    }
}
