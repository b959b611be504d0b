//! Runs whose engine went away.

use std::sync::Arc;

use eve_core::event::{Event as _, Fault, RunEvent, RunOutcome, Undo};
use eve_core::{
    AttemptId, AttemptState, Deadline, EnvironmentId, Error, Exit, Journal, LedgerResult, OpCx, OpId, Result, StreamId,
    codes,
};
use futures_util::stream::StreamExt as _;

use crate::keeper::Keeper;
use crate::parts::Parts;
use crate::patience::Patience;
use crate::run::not_well;
use crate::writer::Writer;
use crate::{RunRecord, reading};

/// How many of an environment's youngest runs are looked at. Only one run is active at a time, and
/// each one ends those before it; ids sort by clocks that may be a little apart.
const YOUNGEST: usize = 16;

/// The environments that some run was journaled for.
pub(crate) async fn environments(journal: &dyn Journal) -> Result<Vec<EnvironmentId>> {
    let mut out: Vec<EnvironmentId> = Vec::new();
    for (stream, _) in journal.streams("run/").await? {
        let address = stream.as_str().strip_prefix("run/").and_then(|rest| rest.rsplit_once('/'));
        let Some((address, _)) = address else { continue };
        let env = EnvironmentId::parse(address)?;
        if out.last() != Some(&env) {
            out.push(env);
        }
    }
    Ok(out)
}

/// The runs of an environment that have not ended, oldest first.
pub(crate) async fn active(journal: &dyn Journal, env: &EnvironmentId) -> Result<Vec<RunRecord>> {
    let mut out = Vec::new();
    for (stream, last) in journal.streams(&StreamId::runs_prefix(env)).await?.iter().rev().take(YOUNGEST) {
        let tail = journal.read(stream, last.saturating_sub(1), 1).await?;
        let is_over = match tail.last() {
            Some(entry) => matches!(RunEvent::read(entry)?, RunEvent::Ended { .. }),
            None => false,
        };
        if is_over {
            continue;
        }
        let record = reading::run(journal, env, &reading::run_id(env, stream)?).await?;
        if record.is_active() {
            out.push(record);
        }
    }
    out.reverse();
    Ok(out)
}

/// Ends a run whose engine went away, without touching the environment: whoever holds the lease now
/// plans from what is there. Its attempts end with it.
pub(crate) async fn end_interrupted(parts: &Parts, keeper: &Keeper, record: &RunRecord) -> Result<()> {
    let fault = Fault::from(
        Error::unavailable(codes::RUN_INTERRUPTED, format!("the engine went away before run {} ended", record.id))
            .with_hint("the next deploy plans from what is there"),
    );
    for drain in &record.drains {
        parts.forget_drain(&record.environment, drain).await;
    }
    let mut events = end_attempts(parts, keeper, record, &fault).await;
    let ledger = reading::ledger(&*parts.journal, &record.environment).await?;
    let line = ledger.lines.into_iter().find(|line| line.run == record.id).map(|line| line.result);
    let left = vec!["whatever the run had begun".to_owned()];
    let (fault, undo) = match line {
        Some(LedgerResult::Failed { fault, undo }) => (fault, undo),
        None if !record.intended.is_empty() => {
            let undo = Undo::Incomplete { left, fault: Box::new(fault.clone()) };
            (fault, undo)
        }
        _ => (fault, Undo::NotNeeded),
    };
    let outcome =
        if fault.is_cancellation() { RunOutcome::Cancelled { undo } } else { RunOutcome::Failed { fault, undo } };
    events.push(RunEvent::Ended { outcome });
    let stream = StreamId::run(&record.environment, &record.id);
    let (env, journal) = (Arc::clone(&parts.env), Arc::clone(&parts.journal));
    Writer::new(env, journal, stream, keeper.clone(), record.sequence).append(&events).await
}

/// Ends the attempts of a run that nobody goes on with, and tells how each of them ended; `why` where
/// it is what ended it.
pub(crate) async fn end_attempts(parts: &Parts, keeper: &Keeper, record: &RunRecord, why: &Fault) -> Vec<RunEvent> {
    let mut events = Vec::new();
    for attempt in record.open_attempts() {
        stop_attempt(parts, keeper, &record.environment, &attempt.id).await;
        let log = reading::keep_log(parts, &attempt.id).await;
        let exit = ended(parts, &attempt.id).await;
        let fault = match exit {
            Exit::Lost => Some(Fault::of_finding(not_well(&attempt.service, exit, parts.env.now()))),
            exit => (!exit.is_success()).then(|| why.clone()),
        };
        events.push(RunEvent::AttemptEnded { attempt: attempt.id.clone(), exit, fault, log });
    }
    events
}

/// How an attempt ended; lost if nobody knows.
async fn ended(parts: &Parts, id: &AttemptId) -> Exit {
    let mut states = parts.runner.watch(id);
    let deadline = Deadline::after(&*parts.env, parts.settings.operation);
    match deadline.limit(&*parts.env, id.as_str(), states.next()).await {
        Ok(Some(Ok(AttemptState::Ended { exit, .. }))) => exit,
        _ => Exit::Lost,
    }
}

/// Stops and forgets the attempts of an environment that no active run knows: their runs ended.
///
/// # Errors
/// Whatever the runner answers to the question which there are. One that cannot be stopped is
/// warned of, and holds nothing up.
pub(crate) async fn sweep_attempts(parts: &Parts, keeper: &Keeper, keep: &RunRecord) -> Result<()> {
    let env = &keep.environment;
    let patience = Patience::of(parts, keeper);
    for id in patience.ask("listing attempts", || parts.runner.owned(env)).await? {
        if keep.open_attempts().any(|attempt| attempt.id == id) {
            continue;
        }
        stop_attempt(parts, keeper, env, &id).await;
        if let Err(error) = patience.ask("forgetting", || parts.runner.forget(&id)).await {
            tracing::warn!(error = %error, attempt = %id, "an attempt that ended is not forgotten");
        }
    }
    Ok(())
}

/// Stops an attempt, if it runs. That it could not be stopped is warned of.
pub(crate) async fn stop_attempt(parts: &Parts, keeper: &Keeper, env: &EnvironmentId, id: &AttemptId) {
    let deadline = Deadline::after(&*parts.env, parts.settings.operation);
    let op = OpId::new(format!("stop {id}"));
    let cx = OpCx::new(Arc::clone(&parts.env), env.clone(), op, keeper.fence(), deadline);
    let stopped = Patience::of(parts, keeper).ask(&cx.operation, || parts.runner.stop(id, &cx)).await;
    if let Err(error) = stopped {
        tracing::warn!(error = %error, attempt = %id, "an attempt without a run is not stopped");
    }
}

/// Lets the routes forget what a drain counted: it is journaled, or nobody asks any more. That they
/// could not be told is warned of, and holds nothing up.
pub(crate) async fn forget_drain(parts: &Parts, keeper: &Keeper, env: &EnvironmentId, drain: &OpId) {
    let patience = Patience::of(parts, keeper);
    for routes in parts.all_routes() {
        if let Err(error) = patience.ask("forgetting a drain", || routes.forget(env, drain)).await {
            tracing::warn!(error = %error, operation = %drain, "the numbers of a drain are kept for longer");
        }
    }
}
