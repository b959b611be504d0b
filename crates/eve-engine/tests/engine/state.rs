//! What there is in the end, without times, ids and incarnations.

use std::collections::BTreeMap;

use eve_core::event::{Event as _, RunEvent, RunOutcome};
use eve_core::{LedgerResult, Routes as _, Runtime as _, Started};

use crate::bench::Bench;

/// What there is of an environment: equal for all that came to the same end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    ledger: Vec<String>,
    objects: Vec<String>,
    routes: Vec<String>,
    runs: Vec<String>,
}

/// What the runs of an environment tell that they did: equal only where nobody else meddled.
pub(crate) async fn done(bench: &Bench) -> Vec<(u32, usize)> {
    let runs = bench.engine.runs(&bench.shop).await.unwrap();
    let of = |run: &eve_engine::RunRecord| match run.outcome.as_ref().unwrap() {
        RunOutcome::Succeeded { operations, drained, .. } => Some((*operations, drained.len())),
        _ => None,
    };
    runs.iter().filter_map(of).collect()
}

impl State {
    pub(crate) async fn of(bench: &Bench) -> Self {
        let seen = bench.runtime.observe(&bench.shop).await.unwrap();
        let hash = |target: &eve_core::RouteTarget| {
            let object = seen.objects.iter().find(|object| object.instance() == target.instance);
            object.map(|object| format!("{} {:?}", object.id, object.hash))
        };
        let routes = bench.routes.observe(&bench.shop).await.unwrap();
        let ledger = bench.engine.ledger(&bench.shop).await.unwrap();
        Self {
            ledger: ledger.lines.iter().map(line).collect(),
            objects: seen.ours().map(|object| format!("{} {:?} {:?}", object.id, object.hash, object.state)).collect(),
            routes: routes
                .iter()
                .map(|route| {
                    let targets: Vec<_> = route.targets.iter().map(hash).collect();
                    format!("{} {} {:?} {targets:?}", route.id, route.service, route.hash)
                })
                .collect(),
            runs: bench.engine.runs(&bench.shop).await.unwrap().iter().map(run).collect(),
        }
    }
}

fn line(line: &eve_core::LedgerLine) -> String {
    let result = match &line.result {
        LedgerResult::Healthy { instances, .. } => format!("healthy {instances:?}"),
        LedgerResult::Failed { fault, .. } => format!("failed {}", fault.code),
        other => format!("{other:?}"),
    };
    format!("{} of {:?} by {}: {result}", line.by, line.release, line.requested_by)
}

fn run(run: &eve_engine::RunRecord) -> String {
    let attempts: Vec<_> = run.attempts.iter().map(|attempt| (&attempt.service, attempt.exit)).collect();
    let outcome = match run.outcome.as_ref().unwrap() {
        RunOutcome::Succeeded { release, .. } => format!("succeeded with {release:?}"),
        RunOutcome::Failed { fault, .. } => format!("failed with {}", fault.code),
        other => format!("{other:?}"),
    };
    format!("{} {:?} {attempts:?}: {outcome}", run.kind.word(), run.steps)
}

/// Checks what holds of every end, whoever died before it.
pub(crate) async fn check(bench: &Bench, what: &str) {
    let runs = bench.engine.runs(&bench.shop).await.unwrap();
    assert!(runs.iter().all(|run| !run.is_active()), "{what}: a run has not ended");
    let lines = bench.engine.ledger(&bench.shop).await.unwrap().lines;
    for run in &runs {
        let own = lines.iter().filter(|line| line.run == run.id).count();
        assert!(own <= 1, "{what}: {own} lines of the ledger for one run");
    }
    assert!(bench.engine.leftovers(&bench.shop).await.unwrap().attempts.is_empty(), "{what}: attempts are left");

    let mut once: BTreeMap<String, u32> = BTreeMap::new();
    for entry in bench.entries().await.iter().filter(|entry| entry.stream.as_str().starts_with("run/")) {
        let what = match RunEvent::read(entry).unwrap() {
            RunEvent::Started { .. } | RunEvent::Released { .. } | RunEvent::Ended { .. } => entry.record.kind.clone(),
            RunEvent::CancelRequested => "cancel".to_owned(),
            RunEvent::Built { service, .. } => format!("built {service}"),
            RunEvent::AttemptIntended { attempt, .. } => format!("intended {attempt}"),
            RunEvent::AttemptEnded { attempt, .. } => format!("ended {attempt}"),
            _ => continue,
        };
        *once.entry(format!("{}: {what}", entry.stream)).or_default() += 1;
    }
    for (attempt, started) in bench.runner.started() {
        *once.entry(format!("{attempt} was {started:?}")).or_default() += u32::from(started == Started::New);
    }
    let twice: Vec<_> = once.into_iter().filter(|(_, count)| *count > 1).collect();
    assert!(twice.is_empty(), "{what}: more than once: {twice:?}");
}
