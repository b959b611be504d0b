//! What a run knows while it goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eve_core::event::{Fault, RunEvent, RunKind, RunOutcome, Undo};
use eve_core::pipeline::{Action, Step};
use eve_core::{
    Artifact, Bound, Cancel, Error, LedgerResult, OpId, ProgressStatus, Project, Release, Result, ServiceName,
};
use futures_util::future;
use tracing::Instrument as _;

use super::sweep::Sweep;
use crate::first_look::FirstLook;
use crate::telemetry::{self, run_span};
use crate::unended::Unended;
use crate::walk::{Scope, Walked};
use crate::{RunRecord, RunReport, reading, recovery};

/// A run that goes on.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) scope: Scope,
    /// The run as it was when this engine took it up.
    pub(crate) record: RunRecord,
    /// What is there, if that is asked for already.
    pub(super) first_look: Option<FirstLook>,
    pub(super) sweep: Sweep,
    /// How many steps go on.
    pub(super) going: AtomicUsize,
    made: Mutex<Made>,
}

/// What a run made so far.
#[derive(Debug, Default, Clone)]
pub(crate) struct Made {
    pub(crate) artifacts: BTreeMap<ServiceName, Artifact>,
    pub(crate) release: Option<Release>,
    pub(crate) walked: Walked,
    /// The drains of its plans, undoing too: routes may keep what they counted.
    pub(crate) drains: BTreeSet<OpId>,
    /// True once the pipeline was begun or gone on with.
    pub(crate) stepped: bool,
    /// True once a plan was made, passed its approval and is journaled.
    pub(crate) applied: bool,
    /// What an engine before this one brought the environment to, by this run's line of the ledger:
    /// nothing of it is undone any more.
    pub(crate) healthy: Option<Bound>,
}

/// Why a part of a run did not reach its end, and what became of what it had done.
#[derive(Debug, Clone)]
pub(crate) struct Halt {
    pub(crate) fault: Fault,
    pub(crate) undo: Undo,
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self { fault: error.into(), undo: Undo::NotNeeded }
    }
}

impl Run {
    pub(crate) fn new(scope: Scope, record: RunRecord, first_look: Option<FirstLook>) -> Self {
        let made = Made { artifacts: record.artifacts.clone(), drains: record.drains.clone(), ..Made::default() };
        Self { scope, record, first_look, sweep: Sweep::default(), going: AtomicUsize::new(0), made: Mutex::new(made) }
    }

    pub(crate) fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs to the one terminal state, and journals it; tells if the journal could not take it.
    pub(crate) async fn execute(self) -> (RunReport, Option<Unended>) {
        let record = &self.record;
        let pipeline = record.pipeline_name.as_ref().map_or_else(|| "direct".to_owned(), ToString::to_string);
        let span = run_span!(record.environment.env, record.id, record.kind.word(), pipeline);
        let recorded = span.clone();
        let word = record.kind.word();
        self.scope.progress.say(|| {
            let text = format!("{word} {}", self.record.environment);
            eve_core::ProgressEvent::new(self.scope.parent.clone(), ProgressStatus::Started, text)
        });
        span.in_scope(|| telemetry::run_began(&pipeline));
        let (outcome, unended) = async { self.finish(self.cancellable().await).await }.instrument(span).await;
        recorded.record("cicd.pipeline.result", telemetry::result(&outcome));
        if let RunOutcome::Failed { fault, .. } = &outcome {
            recorded.record("error.type", fault.code.as_str());
        }
        let took = self.scope.parts.env.now().since(record.started);
        recorded.in_scope(|| telemetry::run_ended(&pipeline, &outcome, took));
        (RunReport::of(record, outcome), unended)
    }

    /// Works, and journals when somebody asks to cancel: the next engine must not go on with it.
    async fn cancellable(&self) -> Result<(), Halt> {
        let Scope { cancel, writer, .. } = &self.scope;
        if self.record.cancel_requested {
            cancel.cancel();
        }
        let over = Cancel::new();
        let working = async {
            let done = self.work().await;
            over.cancel();
            done
        };
        let noting = async {
            tokio::select! {
                biased;
                () = cancel.cancelled(), if !self.record.cancel_requested => {
                    if let Err(error) = writer.append(&[RunEvent::CancelRequested]).await {
                        tracing::warn!(error = %error, "the journal does not say that the run is to be cancelled");
                    }
                }
                () = over.cancelled() => {}
            }
        };
        // Noted first: the work writes through the same writer when it is told to stop.
        future::join(noting, working).await.1
    }

    async fn work(&self) -> Result<(), Halt> {
        let done = match self.go_on().await {
            // The engine before this one had begun what this one did not even come to plan.
            Err(halt) if halt.undo == Undo::NotNeeded && self.was_begun() && !self.made().applied => {
                Err(self.end_failed(halt.fault).await)
            }
            other => other,
        };
        if let Err(halt) = &done {
            if let Err(error) = self.end_open_attempts(&halt.fault).await {
                self.attempt_is_left();
                tracing::warn!(error = %error, "the journal does not say how attempts of the run ended");
            }
            let stepped = self.made().stepped;
            if !stepped {
                self.end_steps(&halt.fault).await;
            }
        }
        done
    }

    async fn go_on(&self) -> Result<(), Halt> {
        self.look_back().await?;
        self.sweep_if_due().await?;
        self.take_up_release().await?;
        if let Some(fault) = self.record.faults.first() {
            return Err(self.end_failed(fault.clone()).await);
        }
        if let Some(fault) = &self.record.first_step_fault {
            return Err(Self::halt(fault.clone()));
        }
        match &self.record.kind {
            RunKind::Delete => self.delete().await,
            RunKind::Rollback { bound } => self.apply((**bound).clone(), None).await,
            _ => {
                self.mend().await?;
                self.steps().await
            }
        }
    }

    /// Brings back what went away since an engine before this one deployed it: no step does that any
    /// more where the deploy is over.
    async fn mend(&self) -> Result<(), Halt> {
        let healthy = self.made().healthy.clone();
        match healthy {
            Some(bound) if !self.scope.cancel.is_cancelled() => self.apply(bound, None).await,
            _ => Ok(()),
        }
    }

    /// Finds what the engines before this one did for good.
    async fn look_back(&self) -> Result<()> {
        if self.record.resumed == 0 {
            return Ok(());
        }
        let ledger = reading::ledger(&*self.scope.parts.journal, &self.record.environment).await?;
        let own = ledger.lines.into_iter().find(|line| line.run == self.record.id);
        if let Some(LedgerResult::Healthy { bound, .. }) = own.map(|line| line.result) {
            self.made().healthy = Some(*bound);
        }
        Ok(())
    }

    /// Ends the attempts that an engine before this one began, where the run did not come to wait for
    /// them again.
    async fn end_open_attempts(&self, why: &Fault) -> Result<()> {
        if self.record.open_attempts().next().is_none() {
            return Ok(());
        }
        let Scope { parts, keeper, writer, environment, .. } = &self.scope;
        let now = reading::run(&*parts.journal, environment, &self.record.id).await?;
        let ended = recovery::end_attempts(parts, keeper, &now, why).await?;
        writer.append(&ended).await?;
        let now = reading::run(&*parts.journal, environment, &self.record.id).await?;
        if !recovery::sweep_attempts(parts, keeper, &now).await? {
            self.attempt_is_left();
        }
        Ok(())
    }

    /// True if an engine before this one may have changed the environment, and did not finish.
    pub(super) fn was_begun(&self) -> bool {
        let is_over = |step: &Step| {
            step.action == Action::Deploy && self.record.steps.get(&step.name).is_some_and(|state| state.satisfies())
        };
        !self.record.intended.is_empty()
            && self.made().healthy.is_none()
            && !self.record.pipeline.steps.iter().any(is_over)
    }

    /// Reads the release back that a resumed run or a promotion works with.
    async fn take_up_release(&self) -> Result<()> {
        let found = match &self.record.kind {
            RunKind::Promote { release } => Some((**release).clone()),
            _ => match &self.record.release {
                None => None,
                Some(id) => {
                    let journal = &*self.scope.parts.journal;
                    let env = &self.record.environment;
                    reading::release(journal, &env.org, &env.project, id).await?.0
                }
            },
        };
        if let Some(release) = found {
            let mut made = self.made();
            made.artifacts.extend(release.artifacts.clone());
            made.release = Some(release);
        }
        Ok(())
    }

    /// The manifest that the run works with.
    ///
    /// # Errors
    /// `internal.invariant` for a run that has none.
    pub(crate) fn project(&self) -> Result<&Project> {
        match &self.record.kind {
            RunKind::Deploy { project } => Ok(project),
            RunKind::Promote { release } => Ok(&release.project),
            other => {
                Err(Error::internal(eve_core::codes::INTERNAL_INVARIANT, format!("a {} has no manifest", other.word())))
            }
        }
    }

    /// Journals the end of the run, says it, and gives the lease back.
    async fn finish(&self, done: Result<(), Halt>) -> (RunOutcome, Option<Unended>) {
        let why = done.as_ref().err().map(|halt| halt.fault.clone());
        let outcome = match done {
            Ok(()) => {
                let made = self.made().clone();
                let release = match &self.record.kind {
                    RunKind::Rollback { bound } => bound.release.clone(),
                    _ => made.release.map(|release| release.id),
                };
                self.record.success(release, &made.walked)
            }
            Err(Halt { fault, undo }) if fault.is_cancellation() => RunOutcome::Cancelled { undo },
            Err(Halt { fault, undo }) => RunOutcome::Failed { fault, undo },
        };
        match self.drains().await {
            Ok(drains) => {
                let Scope { parts, keeper, environment, .. } = &self.scope;
                recovery::forget_drains(parts, keeper, environment, &drains).await;
            }
            Err(error) => tracing::warn!(error = %error, "the numbers of drains are kept for longer"),
        }
        let ended =
            self.scope.writer.append(&[RunEvent::Ended { outcome: outcome.clone(), swept: self.is_swept() }]).await;
        let mut unended = None;
        let outcome = match ended {
            Ok(()) => outcome,
            Err(error) => {
                tracing::error!(error = %error, run = %self.record.id, "the run's end could not be journaled");
                if error.is_retryable() || self.scope.keeper.ran_out() {
                    unended = Some(Unended { run: self.record.id.clone(), why });
                }
                // What is not journaled did not happen: whoever reads the journal next ends the run.
                if outcome.is_success() {
                    RunOutcome::Failed { fault: error.into(), undo: Undo::NotNeeded }
                } else {
                    outcome
                }
            }
        };
        self.scope.keeper.end().await;
        self.scope.progress.say(|| {
            let (status, text) = match &outcome {
                RunOutcome::Succeeded { operations: 0, .. } => (ProgressStatus::Done, "nothing changed".to_owned()),
                RunOutcome::Succeeded { operations, .. } => {
                    (ProgressStatus::Done, format!("done, {operations} operations"))
                }
                RunOutcome::Failed { fault, .. } => (ProgressStatus::Failed, fault.to_string()),
                _ => (ProgressStatus::Cancelled, "cancelled".to_owned()),
            };
            eve_core::ProgressEvent::new(self.scope.parent.clone(), status, text)
        });
        (outcome, unended)
    }

    /// The drains whose numbers nobody asks for once the run is over: those of all its plans, engines
    /// before this one included. Of a deleted environment nothing is to stay, so there it is those
    /// of every run since the deletion before.
    async fn drains(&self) -> Result<BTreeSet<OpId>> {
        let (journal, env) = (&*self.scope.parts.journal, &self.record.environment);
        let mut drains = self.made().drains.clone();
        if !matches!(self.record.kind, RunKind::Delete) {
            return Ok(drains);
        }
        let ledger = reading::ledger(journal, env).await?;
        let deletions = ledger.lines.into_iter().filter(|line| line.result == LedgerResult::Deleted);
        let before = deletions.map(|line| line.run).rfind(|run| *run != self.record.id);
        let mut runs = reading::run_ids(journal, env).await?;
        runs.retain(|run| before.as_ref().is_none_or(|before| run >= before));
        for run in &runs {
            drains.extend(reading::run(journal, env, run).await?.drains);
        }
        Ok(drains)
    }

    /// What was applied here last and became healthy; the empty target state if nothing did.
    pub(crate) async fn last_good(&self) -> Result<Bound> {
        let env = &self.record.environment;
        let ledger = reading::ledger(&*self.scope.parts.journal, env).await?;
        Ok(ledger.current().cloned().unwrap_or_else(|| Bound::empty(env.clone())))
    }
}
