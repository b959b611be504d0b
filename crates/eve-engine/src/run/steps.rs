//! The steps of a run's pipeline.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use eve_core::event::{Fault, RunEvent, RunKind, Undo};
use eve_core::pipeline::{Action, Step, StepState, Steps};
use eve_core::{Cancel, Deadline, ProgressStatus, Result, StepName};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tracing::Instrument as _;

use super::{Halt, Run};
use crate::telemetry::step_span;

impl Run {
    /// Runs the pipeline: every step whose needs succeeded, side by side. Steps that ended before
    /// the engine did are not run again.
    pub(super) async fn steps(&self) -> Result<(), Halt> {
        let pipeline = &self.record.pipeline;
        let mut steps = Steps::new(pipeline)?;
        self.made().stepped = true;
        self.take_up_steps(&mut steps)?;
        let mut running: FuturesUnordered<BoxFuture<'_, (usize, Result<StepState, Halt>)>> = FuturesUnordered::new();
        let mut first: Option<Halt> = None;
        let mut reached: BTreeSet<usize> = BTreeSet::new();
        loop {
            if first.is_none() && self.scope.cancel.is_cancelled() {
                first = Some(Cancel::error().into());
            }
            if first.is_none() {
                for i in steps.ready() {
                    steps.advance(i, StepState::Running)?;
                    reached.insert(i);
                    running.push(Box::pin(async move { (i, self.step(&pipeline.steps[i]).await) }));
                }
            }
            let Some((i, done)) = running.next().await else { break };
            let state = match done {
                Ok(state) => state,
                Err(halt) => {
                    let state = if halt.fault.is_cancellation() { StepState::Cancelled } else { StepState::Failed };
                    first = Some(first.unwrap_or(halt));
                    state
                }
            };
            steps.advance(i, if state == StepState::Skipped { StepState::Succeeded } else { state })?;
        }
        let Some(halt) = first else { return Ok(()) };
        let unreached = |i: &usize| !reached.contains(i) && !steps.state(*i).satisfies();
        self.cancel_steps((0..pipeline.steps.len()).filter(unreached)).await;
        Err(halt)
    }

    /// Says and journals how the steps end to which a run that was taken up does not come again: the
    /// fault that an engine before this one saw is its deploy's.
    pub(super) async fn end_steps(&self, fault: &Fault) {
        let steps = &self.record.pipeline.steps;
        let state = |i: usize| self.record.steps.get(&steps[i].name).copied();
        let is_failed = |i: &usize| steps[*i].action == Action::Deploy && state(*i) == Some(StepState::Running);
        let is_fault = !self.record.faults.is_empty() && !fault.is_cancellation();
        let failed = (0..steps.len()).find(is_failed).filter(|_| is_fault);
        if let Some(i) = failed
            && let Err(error) = self.note(&steps[i].name, StepState::Failed, Some(fault.clone())).await
        {
            tracing::warn!(error = %error, "the journal does not say which step failed");
        }
        let is_open =
            |i: &usize| failed != Some(*i) && matches!(state(*i), None | Some(StepState::Pending | StepState::Running));
        self.cancel_steps((0..steps.len()).filter(is_open)).await;
    }

    /// Says and journals that steps were not reached.
    async fn cancel_steps(&self, unreached: impl Iterator<Item = usize>) {
        let mut events = Vec::new();
        for i in unreached {
            let step = self.record.pipeline.steps[i].name.clone();
            self.scope.say(step.as_str(), ProgressStatus::Cancelled, || "not reached".to_owned());
            events.push(RunEvent::Step { step, state: StepState::Cancelled, fault: None });
        }
        if let Err(error) = self.scope.writer.append(&events).await {
            tracing::warn!(error = %error, "the journal does not say which steps were not reached");
        }
    }

    /// Brings the steps of a resumed run to where they were.
    fn take_up_steps(&self, steps: &mut Steps) -> Result<()> {
        for (i, step) in self.record.pipeline.steps.iter().enumerate() {
            if self.record.steps.get(&step.name).is_some_and(|state| state.satisfies()) {
                steps.advance(i, StepState::Running)?;
                steps.advance(i, StepState::Succeeded)?;
            }
        }
        Ok(())
    }

    async fn step(&self, step: &Step) -> Result<StepState, Halt> {
        let skip = matches!(self.record.kind, RunKind::Promote { .. })
            && matches!(step.action, Action::Build { .. } | Action::Release);
        if skip {
            self.note(&step.name, StepState::Skipped, None).await?;
            self.scope.say(step.name.as_str(), ProgressStatus::Skipped, || "the release exists".to_owned());
            return Ok(StepState::Skipped);
        }
        self.going.fetch_add(1, Ordering::SeqCst);
        let done = self.step_to_its_end(step).await;
        let others_go_on = self.going.fetch_sub(1, Ordering::SeqCst) > 1;
        // They may take long.
        let flushed = if others_go_on { self.scope.writer.flush().await } else { Ok(()) };
        let state = done?;
        flushed?;
        Ok(state)
    }

    async fn step_to_its_end(&self, step: &Step) -> Result<StepState, Halt> {
        self.note(&step.name, StepState::Running, None).await?;
        self.scope.say(step.name.as_str(), ProgressStatus::Started, || step.action.name().to_owned());
        let span = step_span!(step.name, step.action.name());
        let recorded = span.clone();
        let done = self.act(step).instrument(span).await;
        let (state, status, text) = match &done {
            Ok(()) => (StepState::Succeeded, ProgressStatus::Done, step.action.name().to_owned()),
            Err(halt) if halt.fault.is_cancellation() => {
                (StepState::Cancelled, ProgressStatus::Cancelled, "cancelled".to_owned())
            }
            Err(halt) => (StepState::Failed, ProgressStatus::Failed, halt.fault.to_string()),
        };
        let fault = done.as_ref().err().map(|halt| halt.fault.clone());
        recorded.record("cicd.pipeline.task.run.result", if done.is_ok() { "success" } else { "failure" });
        if let Some(fault) = &fault {
            recorded.record("error.type", fault.code.as_str());
        }
        self.scope.say(step.name.as_str(), status, || text);
        let noted = self.note(&step.name, state, fault).await;
        done?;
        noted?;
        Ok(state)
    }

    async fn act(&self, step: &Step) -> Result<(), Halt> {
        let work: BoxFuture<'_, Result<(), Halt>> = match &step.action {
            Action::Build { services } => Box::pin(self.build(step, services)),
            Action::Release => Box::pin(self.release()),
            Action::Deploy => return self.deploy(step).await,
            Action::Job { service } => return self.job(step, service).await,
            Action::Run { command } => return self.command(step, command).await,
            other => {
                let text = format!("step {} has action {}, which this version cannot run", step.name, other.name());
                return Err(eve_core::Error::unsupported(eve_core::codes::PIPELINE_STEP_UNSUPPORTED, text).into());
            }
        };
        let within = step.timeout.unwrap_or(self.scope.parts.settings.build);
        let env = &*self.scope.parts.env;
        Deadline::after(env, within).limit(env, &format!("step {}", step.name), work).await?
    }

    async fn note(&self, step: &StepName, state: StepState, fault: Option<Fault>) -> Result<()> {
        self.scope.writer.note(&[RunEvent::Step { step: step.clone(), state, fault }]).await
    }

    /// A fault that left nothing behind.
    pub(super) fn halt(fault: Fault) -> Halt {
        Halt { fault, undo: Undo::NotNeeded }
    }
}
