//! One attempt.

use std::time::Duration;

use eve_core::event::{Fault, RunEvent};
use eve_core::{
    AttemptId, AttemptSpec, AttemptState, Cancel, Deadline, ErrorKind, Exit, OpCx, OpId, ProgressStatus, Result,
    ServiceName, StepName,
};
use futures_util::stream::StreamExt as _;

use super::{Run, not_well};
use crate::walk::Scope;
use crate::{reading, recovery};

/// The pause before an attempt is watched again whose watch ended before it did.
const PAUSE: Duration = Duration::from_millis(100);

impl Run {
    /// One attempt: what it needs, intent, start, end, log kept, outcome journaled, forgotten.
    pub(super) async fn attempt(
        &self,
        scope: &Scope,
        step: &StepName,
        service: &ServiceName,
        spec: &AttemptSpec,
    ) -> Result<(Exit, Option<Fault>)> {
        let parts = &scope.parts;
        // An engine before this one may have begun it: one that runs goes on as it was begun then, its
        // secrets may have other versions by now.
        let was_intended = self.record.attempts.iter().any(|known| known.id == spec.id);
        let is_held = was_intended && is_held(scope, spec).await?;
        if let Some(backend) = parts.runner.provision().filter(|_| !is_held) {
            // That may take long.
            scope.writer.flush().await?;
            scope.provide(backend, spec, None).await?;
        }
        self.attempt_is_left();
        if !was_intended {
            let (attempt, service, step) = (spec.id.clone(), service.clone(), step.clone());
            self.sweep().await?;
            scope.writer.append(&[RunEvent::AttemptIntended { attempt, service, step }]).await?;
        }
        scope.keeper.check()?;
        scope.say(spec.id.as_str(), ProgressStatus::Started, || spec.argv.join(" "));
        let started = if is_held { Ok(()) } else { start(scope, spec).await };
        let ended = match started {
            Ok(()) => until_end(scope, spec).await,
            Err(error) => Err(error),
        };
        let (exit, fault) = match ended {
            Ok((Exit::Lost, None)) => {
                (Exit::Lost, Some(Fault::of_finding(not_well(service, Exit::Lost, parts.env.now()))))
            }
            Ok(ended) => ended,
            Err(error) => {
                // It may run: only the answer was lost.
                recovery::stop_attempt(parts, &scope.keeper, &spec.environment, &spec.id).await?;
                (Exit::Lost, Some(error.into()))
            }
        };
        let log = reading::keep_log(parts, &spec.id).await;
        let event = RunEvent::AttemptEnded { attempt: spec.id.clone(), exit, fault: fault.clone(), log };
        scope.writer.append(&[event]).await?;
        if recovery::forget_attempt(parts, &scope.keeper, &spec.environment, &spec.id).await? {
            self.attempt_is_gone();
        }
        let status = if exit.is_success() { ProgressStatus::Done } else { ProgressStatus::Failed };
        scope.say(spec.id.as_str(), status, || match &fault {
            Some(fault) => fault.code.to_string(),
            None => exit.to_string(),
        });
        Ok((exit, fault))
    }
}

/// True if the runner holds an attempt.
async fn is_held(scope: &Scope, spec: &AttemptSpec) -> Result<bool> {
    let runner = &scope.parts.runner;
    let held = scope.patience(&scope.cancel).ask("listing attempts", || runner.owned(&spec.environment)).await?;
    Ok(held.contains(&spec.id))
}

/// Starts an attempt. Where the answer is lost, it is asked for again under the same id, so that
/// nothing runs twice.
async fn start(scope: &Scope, spec: &AttemptSpec) -> Result<()> {
    let (runner, patience) = (&scope.parts.runner, scope.patience(&scope.cancel));
    let cx = operation(scope, "start", &spec.id, &scope.cancel);
    patience.ask(&cx.operation, || runner.start(spec, &cx)).await.map(drop)
}

/// Waits for the attempt's end. The runner keeps its timeout; this wait has one a little longer.
async fn until_end(scope: &Scope, spec: &AttemptSpec) -> Result<(Exit, Option<Fault>)> {
    let (env, runner) = (&*scope.parts.env, &scope.parts.runner);
    let grace = scope.parts.settings.operation;
    let mut deadline = Deadline::after(env, spec.timeout + grace);
    let mut states = runner.watch(&spec.id);
    let mut stopped: Option<Fault> = None;
    loop {
        let why = tokio::select! {
            biased;
            state = states.next() => match state {
                Some(Ok(AttemptState::Ended { exit, finding })) => {
                    return Ok((exit, stopped.or_else(|| finding.map(|finding| Fault::of_finding(*finding)))));
                }
                Some(Ok(_)) => continue,
                Some(Err(unknown)) if unknown.kind() == ErrorKind::NotFound => return Ok((Exit::Lost, stopped)),
                Some(Err(gap)) => {
                    tracing::warn!(error = %gap, attempt = %spec.id, "a gap in what is observed");
                    continue;
                }
                None => {
                    env.sleep(PAUSE).await;
                    states = runner.watch(&spec.id);
                    continue;
                }
            },
            () = scope.cancel.cancelled(), if stopped.is_none() => Cancel::error(),
            () = env.sleep(deadline.remaining(env)) => Deadline::exceeded(&format!("attempt {}", spec.id)),
        };
        if stopped.is_some() {
            return Ok((Exit::Lost, stopped));
        }
        stopped = Some(why.into());
        let cx = operation(scope, "stop", &spec.id, &Cancel::new());
        scope.patience(&cx.cancel).ask(&cx.operation, || runner.stop(&spec.id, &cx)).await?;
        deadline = Deadline::after(env, grace);
    }
}

fn operation(scope: &Scope, verb: &str, id: &AttemptId, cancel: &Cancel) -> OpCx {
    scope.op(OpId::new(format!("{verb} {id}")), scope.parts.settings.operation, cancel)
}
