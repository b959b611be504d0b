//! `env diagnose`.

use std::fmt::Write as _;

use eve::event::Fault;
use eve::{EnvName, Health, LedgerLine, LedgerResult, RunRecord};
use serde_json::json;

use super::history::known;
use crate::app::App;
use crate::failure::Failure;
use crate::writing::{Answer, fault, finding, health as described};

/// Says what is wrong with an environment, how that is known, and what could not be looked at.
pub(crate) async fn diagnose(app: &App, env: &EnvName) -> Result<Answer, Failure> {
    let place = app.place()?;
    let id = place.environment(env)?;
    let reader = app.reader(&place).await?;
    let runs = known(reader.engine(), &id).await?;
    let health = reader.engine().health(&id).await?;
    let ledger = reader.engine().ledger(&id).await?;

    let active = runs.iter().find(|run| Some(&run.id) == health.active_run.as_ref());
    let last = runs.iter().rev().find(|run| !run.is_active());
    let failed = ledger.lines.last().filter(|line| matches!(line.result, LedgerResult::Failed { .. }));
    let held = reader.held();
    let routes = match &held {
        Some((_, routes)) => routes.observe(&id).await?,
        None => Vec::new(),
    };
    let unseen = ["routes: no supervisor runs, and those of a foreground deploy are not seen from here"];
    let unseen = if held.is_some() { &unseen[..0] } else { &unseen[..] };

    let mut text = format!("{id} is {}", described(&health));
    if is_stopped(&health) {
        text.push_str("\nnothing of it runs: no process holds it now, and the next deploy starts it again\n");
    }
    for found in &health.findings {
        let _ = write!(text, "\n{}", finding(found));
    }
    if let Some(run) = active {
        let _ = writeln!(text, "\nrun {} is active since {}: {}", run.id, run.started, run.kind.word());
    }
    if let Some((line, why)) = failed.and_then(|line| Some((line, why(line)?))) {
        let _ = write!(text, "\nthe last {} failed ({}, run {})\n{}", line.by, line.at, line.run, fault(why));
    } else if let Some((run, why)) = last.and_then(|run| Some((run, ending(run)?))) {
        let _ = write!(text, "\nthe last {} did not succeed (run {})\n{}", run.kind.word(), run.id, fault(&why));
    }
    for route in &routes {
        let to: Vec<_> = route.targets.iter().map(|target| target.instance.to_string()).collect();
        let to = if to.is_empty() { "nothing, and answers 503".to_owned() } else { to.join(", ") };
        let _ = writeln!(text, "\n{} leads to {to}", route.id);
    }
    for what in unseen {
        let _ = writeln!(text, "\nnot looked at: {what}");
    }
    let failure = failed.map(|line| json!({ "run": line.run, "at": line.at.to_string(), "release": line.release, "by": line.by, "fault": why(line) }));
    Ok(Answer::ok(text)
        .with("environment", id.to_string())
        .with("health", &health)
        .with("last_failure", failure)
        .with("last_run", last)
        .with("active_run", active)
        .with("stopped", is_stopped(&health))
        .with("routes", &routes)
        .with("not_looked_at", unseen))
}

/// True if there is a release, and nothing of it runs: on processes, what is held ends with its holder.
fn is_stopped(health: &Health) -> bool {
    let nothing = health.services.values().all(|service| service.ready == 0);
    health.release.is_some() && health.active_run.is_none() && health.findings.is_empty() && !health.ready && nothing
}

fn why(line: &LedgerLine) -> Option<&Fault> {
    match &line.result {
        LedgerResult::Failed { fault, .. } => Some(fault),
        _ => None,
    }
}

/// Why a run did not succeed, where it did not.
fn ending(run: &RunRecord) -> Option<Fault> {
    match &run.outcome {
        Some(eve::event::RunOutcome::Failed { fault, .. }) => Some(fault.clone()),
        Some(eve::event::RunOutcome::Cancelled { .. }) => Some(eve::Cancel::error().into()),
        _ => None,
    }
}
