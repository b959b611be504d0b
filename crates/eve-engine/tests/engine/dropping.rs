//! Callers who stop waiting before they are told of their run.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use eve_core::event::RunOutcome;
use eve_core::wrap::{Method, Wrap};
use eve_engine::Engine;
use futures_util::future::select;

use crate::bench::{Bench, web};
use crate::crash::Death;
use crate::gate::Gate;
use crate::recovering::{bench, die_of, executors};

/// Where somebody stops waiting: in the middle of the first append.
fn gates() -> [Gate; 2] {
    [Gate::before(Method::JournalAppend), Gate::after(Method::JournalAppend)]
}

fn engine(bench: &Bench, gate: &Gate) -> Engine {
    bench.parts().journal(Arc::new(Wrap::around(bench.journal.clone(), gate.clone()))).build().unwrap()
}

/// Begins something, and stops waiting for it at the gate.
async fn drop_at(gate: &Gate, bench: &Bench, beginning: impl Future) {
    drop(select(pin!(beginning), pin!(gate.reached(bench))).await);
    gate.open();
}

/// The one run ends well, and the next one is not held up.
async fn check(bench: &Bench) {
    let runs = async || bench.engine.runs(&bench.shop).await.unwrap();
    bench.until("the end of the run", async || matches!(&runs().await[..], [run] if !run.is_active())).await;
    let begins = async || Box::pin(bench.engine.deploy(bench.request(web(&["serve"])))).await.is_ok();
    bench.until("the lease", begins).await;
    bench.until("the end of the next", async || runs().await.iter().all(|run| !run.is_active())).await;
    let outcomes: Vec<_> = runs().await.into_iter().filter_map(|run| run.outcome).collect();
    assert!(outcomes.len() == 2 && outcomes.iter().all(RunOutcome::is_success), "{outcomes:?}");
}

#[tokio::test]
async fn a_deploy_whose_caller_stops_waiting_goes_on_to_its_end() {
    for gate in gates() {
        let bench = Bench::new();
        let engine = engine(&bench, &gate);
        Box::pin(drop_at(&gate, &bench, engine.deploy(bench.request(web(&["serve"]))))).await;
        Box::pin(check(&bench)).await;
    }
}

#[test]
fn a_run_that_is_taken_up_goes_on_if_nobody_waits_for_that() {
    for gate in gates() {
        let (workloads, dying) = executors();
        let bench = bench(&workloads);
        dying.block_on(die_of(&bench, &Death::at(2, true), async |engine| {
            engine.deploy(bench.request(web(&["serve"]))).await.unwrap().wait().await.unwrap();
        }));
        drop(dying);
        bench.clock.jump(Duration::from_secs(3600));
        workloads.block_on(async {
            let engine = engine(&bench, &gate);
            Box::pin(drop_at(&gate, &bench, engine.recover_in(&bench.shop))).await;
            Box::pin(check(&bench)).await;
        });
    }
}
