//! A run, folded from its stream.

use std::collections::{BTreeMap, BTreeSet};

use eve_core::event::{Event as _, Fault, RunEvent, RunKind, RunOutcome};
use eve_core::pipeline::{Action, Step, StepState};
use eve_core::plan::{RouteOp, Work};
use eve_core::{
    Artifact, AttemptId, Digest, Drained, Entry, EnvironmentId, Error, Exit, FileTree, OpId, Pipeline, PipelineName,
    Plan, ReleaseId, Result, RunId, ServiceName, SourcePath, StepName, Timestamp, codes,
};
use serde::Serialize;

use crate::walk::Walked;

/// A run, folded from its stream.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// The environment that it changes.
    pub environment: EnvironmentId,
    /// What it is.
    #[serde(skip)]
    pub kind: RunKind,
    /// Who asked for it.
    pub requested_by: String,
    /// The idempotency key, with the digest of what was asked for.
    pub idempotency: Option<(String, Digest)>,
    /// The digest of the plan that was approved.
    pub approved: Option<Digest>,
    /// The project's source folder.
    pub source: Option<String>,
    /// What it keeps of the project's files, by their paths.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<SourcePath, FileTree>,
    /// The steps.
    #[serde(skip)]
    pub pipeline: Pipeline,
    /// The pipeline's name; none for a direct deploy.
    pub pipeline_name: Option<PipelineName>,
    /// Where each step stands; those that are not named are pending.
    pub steps: BTreeMap<StepName, StepState>,
    /// What was built.
    pub artifacts: BTreeMap<ServiceName, Artifact>,
    /// The release that it works with.
    pub release: Option<ReleaseId>,
    /// Its attempts, oldest first.
    pub attempts: Vec<AttemptRecord>,
    /// The plan that it walked first, undoing apart: what an approval is about. A resumed run walks
    /// what is left of it.
    #[serde(skip)]
    pub plan: Option<Plan>,
    /// What it meant to perform, undoing apart: all of it may have been.
    #[serde(skip)]
    pub intended: BTreeSet<OpId>,
    /// What its drains counted, undoing apart.
    #[serde(skip)]
    pub drained: BTreeMap<OpId, Drained>,
    /// The drains of all its plans, undoing too: routes may keep what they counted.
    #[serde(skip)]
    pub(crate) drains: BTreeSet<OpId>,
    /// True if the run before it ended in order, and its engine saw that no attempt was left.
    #[serde(skip)]
    pub(crate) swept: bool,
    /// How often an engine took it up whose engine went away.
    pub resumed: u32,
    /// Whether somebody asked to cancel it.
    pub cancel_requested: bool,
    /// What stopped a walk.
    pub faults: Vec<Fault>,
    /// Why steps did not succeed.
    pub step_faults: BTreeMap<StepName, Fault>,
    /// Why the first of them did not.
    #[serde(skip)]
    pub(crate) first_step_fault: Option<Fault>,
    /// True from the plan on that undoes what failed.
    #[serde(skip)]
    undoing: bool,
    /// When it began.
    pub started: Timestamp,
    /// How it ended; none while it is active.
    pub outcome: Option<RunOutcome>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// The sequence of the stream at which this was folded.
    #[serde(skip)]
    pub sequence: u64,
}

/// An attempt of a run.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct AttemptRecord {
    /// Its id.
    pub id: AttemptId,
    /// The job's service.
    pub service: ServiceName,
    /// The step that it belongs to.
    pub step: StepName,
    /// When it was intended.
    pub started: Timestamp,
    /// How it ended; none while it runs.
    pub exit: Option<Exit>,
    /// Why it did not end well.
    pub fault: Option<Fault>,
    /// What it wrote, among the blobs.
    pub log: Option<Digest>,
}

/// The drains of a plan.
pub(crate) fn drains(plan: &Plan) -> impl Iterator<Item = OpId> {
    plan.operations().filter_map(|node| match &node.work {
        Work::Route(op) if matches!(**op, RouteOp::Drain { .. }) => Some(op.id()),
        _ => None,
    })
}

impl RunRecord {
    /// Folds a run's stream.
    ///
    /// # Errors
    /// `state.unreadable` if the stream does not begin with the run's beginning, `state.version`.
    pub fn fold(id: &RunId, entries: &[Entry]) -> Result<Self> {
        let unreadable = || Error::corrupt(codes::STATE_UNREADABLE, format!("the stream of run {id} has no beginning"));
        let (first, rest) = entries.split_first().ok_or_else(unreadable)?;
        let begun = Self::begun(id, RunEvent::read(first)?, first.record.at);
        let mut record = Self { sequence: first.sequence, ..begun.ok_or_else(unreadable)? };
        for entry in rest {
            record.apply(RunEvent::read(entry)?, entry);
        }
        Ok(record)
    }

    /// A run of which nothing but its beginning is journaled; none for any other event.
    pub(crate) fn begun(id: &RunId, beginning: RunEvent, at: Timestamp) -> Option<Self> {
        let RunEvent::Started {
            environment,
            kind,
            requested_by,
            idempotency,
            approved,
            source,
            files,
            pipeline,
            pipeline_name,
        } = beginning
        else {
            return None;
        };
        Some(Self {
            id: id.clone(),
            environment,
            kind,
            requested_by,
            idempotency,
            approved,
            source,
            files,
            pipeline,
            pipeline_name,
            steps: BTreeMap::new(),
            artifacts: BTreeMap::new(),
            release: None,
            attempts: Vec::new(),
            plan: None,
            intended: BTreeSet::new(),
            drained: BTreeMap::new(),
            drains: BTreeSet::new(),
            swept: false,
            resumed: 0,
            cancel_requested: false,
            faults: Vec::new(),
            step_faults: BTreeMap::new(),
            first_step_fault: None,
            undoing: false,
            started: at,
            outcome: None,
            ended: None,
            sequence: 1,
        })
    }

    fn apply(&mut self, event: RunEvent, entry: &Entry) {
        self.sequence = entry.sequence;
        match event {
            RunEvent::Step { step, state, fault } => {
                if let Some(fault) = fault {
                    self.first_step_fault.get_or_insert_with(|| fault.clone());
                    self.step_faults.insert(step.clone(), fault);
                }
                self.steps.insert(step, state);
            }
            RunEvent::Built { service, artifact } => {
                self.artifacts.insert(service, artifact);
            }
            RunEvent::Released { release } => self.release = Some(release),
            RunEvent::AttemptIntended { attempt, service, step }
                if !self.attempts.iter().any(|known| known.id == attempt) =>
            {
                let started = entry.record.at;
                self.attempts.push(AttemptRecord {
                    id: attempt,
                    service,
                    step,
                    started,
                    exit: None,
                    fault: None,
                    log: None,
                });
            }
            RunEvent::AttemptEnded { attempt, exit, fault, log } => {
                if let Some(known) = self.attempts.iter_mut().find(|known| known.id == attempt) {
                    (known.exit, known.fault, known.log) = (Some(exit), fault, log);
                }
            }
            RunEvent::Planned { plan, undo, .. } => {
                self.drains.extend(drains(&plan));
                if undo {
                    self.undoing = true;
                } else {
                    self.plan.get_or_insert(*plan);
                }
            }
            RunEvent::Intended { operations } if !self.undoing => self.intended.extend(operations),
            RunEvent::Changed { operation, drained: Some(drained), .. } if !self.undoing => {
                self.drained.entry(operation).or_insert(drained);
            }
            RunEvent::Resumed { .. } => self.resumed += 1,
            RunEvent::CancelRequested => self.cancel_requested = true,
            RunEvent::Faulted { fault } => self.faults.push(fault),
            RunEvent::Ended { outcome, .. } => {
                self.outcome = Some(outcome);
                self.ended = Some(entry.record.at);
            }
            _ => {}
        }
    }

    /// The attempts of which it is not journaled how they ended.
    pub(crate) fn open_attempts(&self) -> impl Iterator<Item = &AttemptRecord> {
        self.attempts.iter().filter(|attempt| attempt.exit.is_none())
    }

    /// The steps that were not reached or went on last.
    pub(crate) fn open_steps(&self) -> impl Iterator<Item = &Step> {
        let is_open =
            |step: &&Step| matches!(self.steps.get(&step.name), None | Some(StepState::Pending | StepState::Running));
        self.pipeline.steps.iter().filter(is_open)
    }

    /// True if no step failed and none but deploys is left.
    pub(crate) fn only_deploys_are_open(&self) -> bool {
        let failed = |state: &StepState| matches!(state, StepState::Failed | StepState::Cancelled);
        !self.steps.values().any(failed) && self.open_steps().all(|step| step.action == Action::Deploy)
    }

    /// How it ends if it succeeds: it tells what it did, whichever engine it was.
    pub(crate) fn success(&self, release: Option<ReleaseId>, walked: &Walked) -> RunOutcome {
        let operations = self.intended.union(&walked.operations).count();
        let drained = walked.drained.iter().chain(&self.drained);
        RunOutcome::Succeeded {
            release,
            operations: u32::try_from(operations).unwrap_or(u32::MAX),
            drained: drained.map(|(drain, counted)| (drain.to_string(), *counted)).collect(),
        }
    }

    /// True while it has not ended.
    pub fn is_active(&self) -> bool {
        self.outcome.is_none()
    }
}
