//! Events of a run's stream.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Event, Fault};
use crate::pipeline::StepState;
use crate::{
    Artifact, AttemptId, Bound, Change, Digest, Drained, EnvironmentId, Exit, FileTree, HolderId, OpId, Pipeline,
    PipelineName, Plan, Project, Release, ReleaseId, ServiceName, SourcePath, StepName,
};

/// What happened in a run. The run is the fold of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunEvent {
    /// The run began.
    Started {
        /// The environment that it changes.
        environment: EnvironmentId,
        /// What it is.
        kind: RunKind,
        /// Who asked for it.
        requested_by: String,
        /// The key that makes asking twice harmless, with the digest of what was asked for.
        idempotency: Option<(String, Digest)>,
        /// The digest of the plan that was approved, where one was.
        approved: Option<Digest>,
        /// The project's source folder, where there is one.
        source: Option<String>,
        /// What it keeps of the project's files, read before it began.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        files: BTreeMap<SourcePath, FileTree>,
        /// The steps.
        pipeline: Pipeline,
        /// The pipeline's name; none for a direct deploy.
        pipeline_name: Option<PipelineName>,
    },
    /// An engine took the run up whose engine went away.
    Resumed {
        /// The engine.
        holder: HolderId,
    },
    /// A step moved.
    Step {
        /// The step.
        step: StepName,
        /// Where it stands now.
        state: StepState,
        /// Why it failed.
        fault: Option<Fault>,
    },
    /// A service was built.
    Built {
        /// The service.
        service: ServiceName,
        /// What was made.
        artifact: Artifact,
    },
    /// The run works with this release.
    Released {
        /// The release.
        release: ReleaseId,
    },
    /// An attempt is about to be started.
    AttemptIntended {
        /// The attempt.
        attempt: AttemptId,
        /// The job's service.
        service: ServiceName,
        /// The step that it belongs to.
        step: StepName,
    },
    /// An attempt is over.
    AttemptEnded {
        /// The attempt.
        attempt: AttemptId,
        /// How.
        exit: Exit,
        /// Why it did not end well.
        fault: Option<Fault>,
        /// The digest of what it wrote, among the blobs.
        log: Option<Digest>,
    },
    /// A plan was made and will be walked.
    Planned {
        /// The plan.
        plan: Box<Plan>,
        /// Its digest.
        digest: Digest,
        /// True if it undoes what failed.
        undo: bool,
    },
    /// Operations are about to be performed.
    Intended {
        /// The operations.
        operations: Vec<OpId>,
    },
    /// An operation was performed.
    Changed {
        /// The operation.
        operation: OpId,
        /// What it did; none for a drain.
        change: Option<Change>,
        /// What a drain counted.
        drained: Option<Drained>,
    },
    /// A gate opened.
    Opened {
        /// The gate.
        gate: String,
    },
    /// Something failed; the evidence was taken before anything was cleaned up.
    Faulted {
        /// What.
        fault: Fault,
    },
    /// Somebody asked to cancel.
    CancelRequested,
    /// The run is over.
    Ended {
        /// How.
        outcome: RunOutcome,
        /// True if its engine saw that no attempt of the environment is left, so that nobody has to look
        /// for one before something is done again.
        #[serde(default)]
        swept: bool,
    },
}

impl Event for RunEvent {
    /// 2 added [`Resumed`](Self::Resumed), 3 groups origins by file; what 2 and 1 hold is read as it is.
    const SCHEMA: u32 = 3;

    fn kind(&self) -> &'static str {
        match self {
            Self::Started { .. } => "run.started",
            Self::Resumed { .. } => "run.resumed",
            Self::Step { .. } => "run.step",
            Self::Built { .. } => "run.built",
            Self::Released { .. } => "run.released",
            Self::AttemptIntended { .. } => "attempt.intended",
            Self::AttemptEnded { .. } => "attempt.ended",
            Self::Planned { .. } => "plan.made",
            Self::Intended { .. } => "operations.intended",
            Self::Changed { .. } => "operation.changed",
            Self::Opened { .. } => "gate.opened",
            Self::Faulted { .. } => "run.faulted",
            Self::CancelRequested => "run.cancel_requested",
            Self::Ended { .. } => "run.ended",
        }
    }
}

/// What a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunKind {
    /// A deploy of a project's manifest, through its pipeline.
    Deploy {
        /// The manifest, resolved.
        project: Box<Project>,
    },
    /// A deploy of a release that exists: build and release are skipped.
    Promote {
        /// The release.
        release: Box<Release>,
    },
    /// A return to what ran here before: no pipeline.
    Rollback {
        /// The target state, as it was applied then.
        bound: Box<Bound>,
    },
    /// The end of the environment.
    Delete,
}

impl RunKind {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Deploy { .. } => "deploy",
            Self::Promote { .. } => "promote",
            Self::Rollback { .. } => "rollback",
            Self::Delete => "delete",
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunOutcome {
    /// Everything was done.
    Succeeded {
        /// The release that the environment is at.
        release: Option<ReleaseId>,
        /// How many operations changed something.
        operations: u32,
        /// What drains counted, by instance.
        drained: BTreeMap<String, Drained>,
    },
    /// Something failed.
    Failed {
        /// What.
        fault: Fault,
        /// What became of what had been done.
        undo: Undo,
    },
    /// It was cancelled.
    Cancelled {
        /// What became of what had been done.
        undo: Undo,
    },
}

impl RunOutcome {
    /// True if everything was done.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded { .. })
    }

    /// True if everything was done already.
    pub fn is_unchanged(&self) -> bool {
        matches!(self, Self::Succeeded { operations: 0, .. })
    }

    /// The exit code by which a command line reports it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Succeeded { .. } => 0,
            Self::Failed { fault, .. } => fault.exit_code,
            Self::Cancelled { .. } => 125,
        }
    }
}

/// What became of what a failed run had done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "undo", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Undo {
    /// Nothing had been done.
    NotNeeded,
    /// It was undone.
    Complete,
    /// It was undone in part. The next deploy is not held up by it.
    Incomplete {
        /// What is left to be done or to come true, an operation or gate each.
        left: Vec<String>,
        /// Why.
        fault: Box<Fault>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Entry, ErrorKind, Record, StreamId, Timestamp, codes};

    fn entry(schema: u32, body: &serde_json::Value) -> Entry {
        let record = Record::new("run", schema, Timestamp::default(), Body::of(body).unwrap());
        Entry::new(StreamId::from_stored("run/a/b/c/run_1"), 1, record)
    }

    #[test]
    fn what_the_version_before_wrote_is_read_and_what_the_next_one_writes_is_refused() {
        let cancel = serde_json::json!({ "event": "cancel_requested" });
        for schema in [RunEvent::SCHEMA - 1, RunEvent::SCHEMA] {
            assert_eq!(RunEvent::read(&entry(schema, &cancel)).unwrap(), RunEvent::CancelRequested);
        }
        let newer = RunEvent::read(&entry(RunEvent::SCHEMA + 1, &cancel)).unwrap_err();
        assert_eq!((newer.code(), newer.kind()), (&codes::STATE_VERSION, ErrorKind::Corrupt));
    }

    #[test]
    fn a_kind_that_nobody_knows_is_unreadable_and_not_passed_over() {
        let unknown = serde_json::json!({ "event": "from_nowhere" });
        let error = RunEvent::read(&entry(RunEvent::SCHEMA, &unknown)).unwrap_err();
        assert_eq!((error.code(), error.kind()), (&codes::STATE_UNREADABLE, ErrorKind::Corrupt));
    }

    #[test]
    fn taking_up_is_stored_with_who_did_it() {
        let resumed = RunEvent::Resumed { holder: HolderId::new("hold_1").unwrap() };
        let record = resumed.record(Timestamp::default()).unwrap();
        assert_eq!((record.kind.as_str(), record.schema), ("run.resumed", RunEvent::SCHEMA));
        assert_eq!(RunEvent::read(&Entry::new(StreamId::from_stored("s"), 1, record)).unwrap(), resumed);
    }
}
