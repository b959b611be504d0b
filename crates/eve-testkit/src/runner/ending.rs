//! How attempts end, and what is left of them.

use std::time::Duration;

use eve_core::{AttemptState, ChangeOutcome, Exit, Started, codes};
use futures_util::StreamExt as _;

use super::Track;
use crate::failure::{ensure, ensure_eq, refused};
use crate::{Failure, Outcome};

pub(super) async fn a_watch_goes_from_the_present_state_to_the_end(on: &Track) -> Outcome {
    let spec = on.harness.runs_long(on.spec(1));
    on.start(&spec).await?;
    let mut watch = on.runner.watch(&spec.id);
    let first = watch.next().await.ok_or_else(|| Failure::new("the watch is empty"))??;
    ensure_eq!(first, AttemptState::Running, "the present state");
    on.runner.stop(&spec.id, &on.cx(&on.environment)).await?;
    let mut last = first;
    while let Some(state) = watch.next().await {
        last = state?;
    }
    ensure!(matches!(last, AttemptState::Ended { .. }), "the watch ended with {last:?}");
    // Watched after its end, it is over at once.
    let late: Vec<_> = on.runner.watch(&spec.id).collect().await;
    ensure_eq!(late.len(), 1, "states of what is over: {late:?}");
    Ok(())
}

pub(super) async fn a_failed_attempt_has_a_finding(on: &Track) -> Outcome {
    let (exit, finding) = on.run(&on.harness.exits(on.spec(1), 7)).await?;
    ensure_eq!(exit, Exit::Code(7), "the exit");
    ensure_eq!(finding.map(|finding| finding.code), Some(codes::ATTEMPT_FAILED), "the finding");
    let (_, finding) = on.run(&on.harness.exits(on.spec(2), 0)).await?;
    ensure!(finding.is_none(), "an attempt that ended well has a finding: {finding:?}");
    Ok(())
}

pub(super) async fn time_that_is_up_is_a_finding(on: &Track) -> Outcome {
    let mut spec = on.harness.runs_long(on.spec(1));
    spec.timeout = Duration::from_millis(300);
    let (exit, finding) = on.run(&spec).await?;
    ensure!(!exit.is_success(), "an attempt whose time was up ended well");
    ensure_eq!(finding.map(|finding| finding.code), Some(codes::ATTEMPT_DEADLINE), "the finding");
    Ok(())
}

pub(super) async fn stopping_leaves_nothing_running(on: &Track) -> Outcome {
    let spec = on.harness.runs_long(on.spec(1));
    on.start(&spec).await?;
    on.runner.stop(&spec.id, &on.cx(&on.environment)).await?;
    let again = on.start(&spec).await?;
    ensure!(matches!(again, Started::Ended(exit) if !exit.is_success()), "after the stop it is {again:?}");
    let outcome = on.runner.stop(&spec.id, &on.cx(&on.environment)).await?.outcome;
    let same = matches!(outcome, ChangeOutcome::Unchanged | ChangeOutcome::Skipped);
    ensure!(same, "stopping what is stopped answered {outcome:?}");
    Ok(())
}

pub(super) async fn what_runs_cannot_be_forgotten(on: &Track) -> Outcome {
    let cx = on.cx(&on.environment);
    let spec = on.harness.runs_long(on.spec(1));
    on.start(&spec).await?;
    refused("forgetting what runs", on.runner.forget(&spec.id, &cx).await, &[&codes::ATTEMPT_CONFLICT])?;
    ensure_eq!(on.start(&spec).await?, Started::Adopted, "the attempt afterwards");
    Ok(())
}

pub(super) async fn what_is_forgotten_is_gone_and_forgetting_again_is_skipped(on: &Track) -> Outcome {
    let cx = on.cx(&on.environment);
    let spec = on.harness.exits(on.spec(1), 0);
    on.run(&spec).await?;
    ensure_eq!(on.runner.forget(&spec.id, &cx).await?.outcome, ChangeOutcome::Deleted, "the first time");
    ensure_eq!(on.runner.forget(&spec.id, &cx).await?.outcome, ChangeOutcome::Skipped, "the second time");
    refused("its files", on.runner.artifacts(&spec.id).await, &[&codes::ATTEMPT_UNKNOWN])?;
    Ok(())
}

pub(super) async fn an_environments_attempts_are_listed_until_they_are_forgotten(on: &Track) -> Outcome {
    let ended = on.harness.exits(on.spec(1), 0);
    let running = on.harness.runs_long(on.spec(2));
    on.run(&ended).await?;
    on.start(&running).await?;
    let mut owned = on.runner.owned(&on.environment).await?;
    owned.sort();
    ensure_eq!(owned, [ended.id.clone(), running.id.clone()], "the environment's attempts");
    ensure!(on.runner.owned(&on.neighbour).await?.is_empty(), "the neighbour lists somebody else's");
    on.runner.forget(&ended.id, &on.cx(&on.environment)).await?;
    ensure_eq!(on.runner.owned(&on.environment).await?, [running.id], "what is left");
    Ok(())
}
