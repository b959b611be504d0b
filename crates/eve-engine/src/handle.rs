//! A run, seen from outside.

use eve_core::event::{RunOutcome, Undo};
use eve_core::{Cancel, EnvironmentId, Error, ProgressEvent, Result, RunId, codes};
use futures_util::stream::BoxStream;
use tokio::sync::watch;

use crate::RunRecord;
use crate::progress_log::ProgressLog;

/// A run that goes on whoever drops the handle. Only [`cancel`](Self::cancel) stops the work.
#[derive(Debug, Clone)]
pub struct RunHandle {
    id: RunId,
    environment: EnvironmentId,
    cancel: Cancel,
    log: ProgressLog,
    report: watch::Receiver<Option<RunReport>>,
}

impl RunHandle {
    pub(crate) fn new(
        id: RunId,
        environment: EnvironmentId,
        cancel: Cancel,
        log: ProgressLog,
        report: watch::Receiver<Option<RunReport>>,
    ) -> Self {
        Self { id, environment, cancel, log, report }
    }

    /// The run's id.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// The environment that it changes.
    pub fn environment(&self) -> &EnvironmentId {
        &self.environment
    }

    /// Every piece of progress from the run's beginning; ends with the run.
    pub fn events(&self) -> BoxStream<'static, ProgressEvent> {
        self.log.events()
    }

    /// Asks the run to stop. What its deploy had begun is undone; [`wait`](Self::wait) says how that
    /// went. A run that another engine works on is only followed: this does not reach it.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Waits for the run's end. Dropping the future stops waiting, not the run.
    ///
    /// Where the journal could not take the end, since its disk is full, say, the engine takes the run
    /// up again once it can, and undoes what had failed.
    ///
    /// # Errors
    /// `run.interrupted` if the engine went away before the run ended.
    pub async fn wait(&self) -> Result<RunReport> {
        let mut report = self.report.clone();
        let ended = report.wait_for(Option::is_some).await.map(|value| value.clone());
        match ended {
            Ok(Some(report)) => Ok(report),
            _ => Err(Error::unavailable(
                codes::RUN_INTERRUPTED,
                format!("the engine went away before run {} ended", self.id),
            )
            .with_hint("recover() of the next engine ends it")),
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunReport {
    /// The run.
    pub run: RunId,
    /// The environment that it changed.
    pub environment: EnvironmentId,
    /// How it ended.
    pub outcome: RunOutcome,
    /// How often an engine took it up whose engine went away.
    pub resumed: u32,
}

impl RunReport {
    /// The report of a run that is over.
    pub(crate) fn of(record: &RunRecord, outcome: RunOutcome) -> Self {
        Self { run: record.id.clone(), environment: record.environment.clone(), outcome, resumed: record.resumed }
    }

    /// The report as a result: what did not succeed is its error.
    ///
    /// # Errors
    /// The fault that ended the run; `cancelled` if it was cancelled.
    pub fn into_result(self) -> Result<Self> {
        match self.outcome {
            RunOutcome::Failed { fault, .. } => Err(fault.into_error()),
            RunOutcome::Cancelled { .. } => Err(Cancel::error()),
            _ => Ok(self),
        }
    }

    /// What became of what a failed run had done; none if it succeeded.
    pub fn undo(&self) -> Option<&Undo> {
        match &self.outcome {
            RunOutcome::Failed { undo, .. } | RunOutcome::Cancelled { undo } => Some(undo),
            _ => None,
        }
    }
}
