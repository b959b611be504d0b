//! Runs whose engine went away.

use std::collections::BTreeSet;
use std::sync::Arc;

use eve_core::event::{Event as _, Fault, RunEvent, RunOutcome, Undo};
use eve_core::pipeline::StepState;
use eve_core::{
    AttemptId, AttemptState, Deadline, EnvironmentId, Error, Exit, Journal, LedgerLine, LedgerResult, OpCx, OpId,
    Result, StreamId, codes,
};
use futures_util::stream::StreamExt as _;

use crate::keeper::Keeper;
use crate::parts::Parts;
use crate::patience::Patience;
use crate::run::not_well;
use crate::walk::Walked;
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
    Ok(Standing::of(journal, env).await?.active)
}

/// How an environment's runs stand.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// Those that have not ended, oldest first.
    pub(crate) active: Vec<RunRecord>,
    /// True if the youngest one ended, and its engine saw that no attempt was left.
    pub(crate) swept: bool,
}

impl Standing {
    pub(crate) async fn of(journal: &dyn Journal, env: &EnvironmentId) -> Result<Self> {
        let mut standing = Self::default();
        let last = journal.last(&StreamId::runs_prefix(env), YOUNGEST).await?;
        for (age, entry) in last.iter().enumerate() {
            if let RunEvent::Ended { swept, .. } = RunEvent::read(entry)? {
                standing.swept |= swept && age == 0;
                continue;
            }
            let record = reading::run(journal, env, &reading::run_id(env, &entry.stream)?).await?;
            if record.is_active() {
                standing.active.push(record);
            }
        }
        standing.active.reverse();
        Ok(standing)
    }
}

/// True if a line of the ledger says that its run did what it was to do.
pub(crate) fn is_done(line: &LedgerLine) -> bool {
    matches!(line.result, LedgerResult::Healthy { .. } | LedgerResult::Deleted)
}

/// Ends a run whose engine went away, without touching the environment: whoever holds the lease now
/// plans from what is there. Its attempts end with it. It succeeded if the ledger says so and no
/// step was left.
pub(crate) async fn end_interrupted(parts: &Parts, keeper: &Keeper, record: &RunRecord) -> Result<()> {
    let fault = Fault::from(
        Error::unavailable(codes::RUN_INTERRUPTED, format!("the engine went away before run {} ended", record.id))
            .with_hint("the next deploy plans from what is there"),
    );
    forget_drains(parts, keeper, &record.environment, &record.drains).await;
    let mut events = end_attempts(parts, keeper, record, &fault).await?;
    let ledger = reading::ledger(&*parts.journal, &record.environment).await?;
    let line = ledger.lines.into_iter().find(|line| line.run == record.id);
    let release = line.as_ref().and_then(|line| line.release.clone());
    // Then nothing but the end is missing.
    let is_done = line.as_ref().is_some_and(is_done) && record.only_deploys_are_open();
    let line = line.map(|line| line.result);
    let left = vec!["whatever the run had begun".to_owned()];
    let (fault, undo) = match line {
        Some(LedgerResult::Failed { fault, undo }) => (fault, undo),
        None if !record.intended.is_empty() => {
            let undo = Undo::Incomplete { left, fault: Box::new(fault.clone()) };
            (fault, undo)
        }
        _ => (fault, Undo::NotNeeded),
    };
    let outcome = if is_done {
        let deploys = record.open_steps().map(|step| step.name.clone());
        events.extend(deploys.map(|step| RunEvent::Step { step, state: StepState::Succeeded, fault: None }));
        record.success(release, &Walked::default())
    } else if fault.is_cancellation() {
        RunOutcome::Cancelled { undo }
    } else {
        RunOutcome::Failed { fault, undo }
    };
    events.push(RunEvent::Ended { outcome, swept: false });
    let stream = StreamId::run(&record.environment, &record.id);
    let (env, journal) = (Arc::clone(&parts.env), Arc::clone(&parts.journal));
    Writer::new(env, journal, stream, keeper.clone(), record.sequence).append(&events).await
}

/// Ends the attempts of a run that nobody goes on with, and tells how each of them ended; `why` where
/// it is what ended it.
///
/// # Errors
/// `lease.lost`: somebody else goes on with it.
pub(crate) async fn end_attempts(
    parts: &Parts,
    keeper: &Keeper,
    record: &RunRecord,
    why: &Fault,
) -> Result<Vec<RunEvent>> {
    let mut events = Vec::new();
    for attempt in record.open_attempts() {
        stop_attempt(parts, keeper, &record.environment, &attempt.id).await?;
        let log = reading::keep_log(parts, &attempt.id).await;
        let exit = ended(parts, &attempt.id).await;
        let fault = match exit {
            Exit::Lost => Some(Fault::of_finding(not_well(&attempt.service, exit, parts.env.now()))),
            exit => (!exit.is_success()).then(|| why.clone()),
        };
        events.push(RunEvent::AttemptEnded { attempt: attempt.id.clone(), exit, fault, log });
    }
    Ok(events)
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

/// Stops and forgets the attempts of an environment that no active run knows: their runs ended. True
/// if none of them is left.
///
/// # Errors
/// Whatever the runner answers to the question which there are; `lease.lost`: they are somebody
/// else's by now. One that cannot be stopped is warned of, and holds nothing up.
pub(crate) async fn sweep_attempts(parts: &Parts, keeper: &Keeper, keep: &RunRecord) -> Result<bool> {
    let env = &keep.environment;
    let mut swept = true;
    let patience = Patience::of(parts, keeper);
    for id in patience.ask("listing attempts", || parts.runner.owned(env)).await? {
        if keep.open_attempts().any(|attempt| attempt.id == id) {
            continue;
        }
        // Listing may have taken long, and by now it may be somebody else's.
        keeper.check()?;
        stop_attempt(parts, keeper, env, &id).await?;
        swept &= forget_attempt(parts, keeper, env, &id).await?;
    }
    Ok(swept)
}

/// Stops an attempt, if it runs. That it could not be stopped is warned of.
///
/// # Errors
/// `lease.lost`.
pub(crate) async fn stop_attempt(parts: &Parts, keeper: &Keeper, env: &EnvironmentId, id: &AttemptId) -> Result<()> {
    let cx = operation(parts, keeper, env, format!("stop {id}"));
    let stopped = Patience::of(parts, keeper).ask(&cx.operation, || parts.runner.stop(id, &cx)).await;
    unless_lost(stopped.map(drop), |error| {
        tracing::warn!(error = %error, attempt = %id, "an attempt without a run is not stopped");
    })
}

/// Lets the runner forget an attempt that ended: its end is journaled, or no run knows it. False if
/// it was not forgotten, which is warned of: the next run of the environment forgets it.
///
/// # Errors
/// `lease.lost`.
pub(crate) async fn forget_attempt(
    parts: &Parts,
    keeper: &Keeper,
    env: &EnvironmentId,
    id: &AttemptId,
) -> Result<bool> {
    let cx = operation(parts, keeper, env, format!("forget {id}"));
    let forgotten = Patience::of(parts, keeper).ask(&cx.operation, || parts.runner.forget(id, &cx)).await;
    let is_forgotten = forgotten.is_ok();
    unless_lost(forgotten.map(drop), |error| {
        tracing::warn!(error = %error, attempt = %id, "an attempt that ended is not forgotten");
    })?;
    Ok(is_forgotten)
}

/// Lets the routes forget what drains counted: it is journaled, or nobody asks any more. That they
/// could not be told is warned of, and holds nothing up.
pub(crate) async fn forget_drains(parts: &Parts, keeper: &Keeper, env: &EnvironmentId, drains: &BTreeSet<OpId>) {
    let patience = Patience::of(parts, keeper);
    for drain in drains {
        let cx = operation(parts, keeper, env, format!("forget {drain}"));
        for routes in parts.all_routes() {
            let forgotten = patience.ask(&cx.operation, || routes.forget(drain, &cx)).await;
            let kept = unless_lost(forgotten, |error| {
                tracing::warn!(error = %error, operation = %drain, "the numbers of a drain are kept for longer");
            });
            if kept.is_err() {
                // Whoever holds the environment now may still ask for them.
                return;
            }
        }
    }
}

fn operation(parts: &Parts, keeper: &Keeper, env: &EnvironmentId, id: String) -> OpCx {
    let deadline = Deadline::after(&*parts.env, parts.settings.operation);
    OpCx::new(Arc::clone(&parts.env), env.clone(), OpId::new(id), keeper.fence(), deadline)
}

/// Tells of a failure that holds nothing up: any but that the environment is somebody else's.
fn unless_lost(done: Result<()>, tell: impl FnOnce(&Error)) -> Result<()> {
    match done {
        Err(error) if *error.code() != codes::LEASE_LOST => {
            tell(&error);
            Ok(())
        }
        other => other,
    }
}
