//! Cancelling, and not waiting any more.

use std::sync::Arc;
use std::time::Duration;

use eve_core::event::{RunOutcome, Undo};
use eve_core::wrap::{Method, Wrap};
use eve_core::{Pipeline, PipelineName, codes};

use crate::bench::{Bench, job, web, with_jobs};
use crate::gate::Gate;

#[tokio::test]
async fn a_cancelled_deploy_leaves_nothing() {
    let bench = Bench::new();
    let run = bench.begin(web(&["hang"])).await;
    bench.until("the service", async || !bench.instances("web").await.is_empty()).await;
    bench.engine.cancel(run.id()).unwrap();
    let report = bench.end(&run).await;
    assert_eq!(report.outcome, RunOutcome::Cancelled { undo: Undo::Complete });
    assert_eq!(report.outcome.exit_code(), 125);
    assert!(bench.kinds(run.id()).await.contains(&"run.cancel_requested".to_owned()));
    assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
    assert_eq!(report.into_result().unwrap_err().code(), &codes::CANCELLED);
    assert_eq!(bench.engine.cancel(run.id()).unwrap_err().code(), &codes::RUN_UNKNOWN);
}

#[tokio::test]
async fn a_deploy_step_whose_time_is_up_is_undone_and_says_so() {
    let bench = Bench::new();
    let mut project = web(&["hang"]);
    let mut pipeline = Pipeline::direct();
    pipeline.steps[2].timeout = Some(Duration::from_millis(50));
    let name = PipelineName::new("deploy").unwrap();
    project.pipelines.insert(name.clone(), pipeline);
    project.environments.get_mut(&bench.shop.env).unwrap().pipeline = Some(name);
    let run = bench.begin(project).await;
    let report = bench.end(&run).await;
    let RunOutcome::Failed { fault, undo: Undo::Complete } = &report.outcome else { panic!("{:?}", report.outcome) };
    assert_eq!(fault.code, codes::DEADLINE_EXCEEDED);
    assert_eq!(report.outcome.exit_code(), 124);
    assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
}

#[tokio::test]
async fn a_cancelled_job_is_stopped_journaled_and_forgotten() {
    let bench = Bench::new();
    let run = bench.begin(with_jobs(web(&["serve"]), &[("migrate", job(&["sleep", "3600000"]))])).await;
    bench.until("the attempt", async || !bench.runner.started().is_empty()).await;
    run.cancel();
    let report = bench.end(&run).await;
    assert_eq!(report.outcome, RunOutcome::Cancelled { undo: Undo::NotNeeded });
    let record = bench.run(&report).await;
    assert_eq!(record.attempts[0].exit, Some(eve_core::Exit::Signal(15)));
    assert_eq!(record.attempts[0].fault.as_ref().unwrap().code, codes::CANCELLED);
    assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
    assert!(bench.instances("web").await.is_empty());
}

#[tokio::test]
async fn nobody_waits_for_good_for_a_runner_that_hangs() {
    let within = Duration::from_secs(2);
    let bench = Bench::with(|builder, _| builder.operation_timeout(within));
    let project = with_jobs(web(&["serve"]), &[("migrate", job(&["sleep", "3600000"]))]);
    let run = bench.begin(project.clone()).await;
    bench.until("the attempt", async || !bench.runner.started().is_empty()).await;
    bench.runner.hang(true);
    run.cancel();
    let report = bench.end(&run).await;
    assert_eq!(report.outcome, RunOutcome::Cancelled { undo: Undo::NotNeeded });

    let begun = Box::pin(bench.engine.deploy(bench.request(project)));
    let late = bench.within("the fence", begun).await.map(drop).unwrap_err();
    assert_eq!(late.code(), &codes::DEADLINE_EXCEEDED);
    bench.runner.hang(false);
    assert!(bench.deploy(web(&["serve"])).await.outcome.is_success(), "the lease was given back");
}

#[tokio::test]
async fn a_deploy_that_is_cancelled_before_it_began_did_nothing() {
    let look = Gate::before(Method::RuntimeObserve);
    let bench =
        Bench::with(|builder, bench| builder.runtime(Arc::new(Wrap::around(bench.runtime.clone(), look.clone()))));
    let run = bench.begin(web(&["serve"])).await;
    run.cancel();
    look.open();
    let report = bench.end(&run).await;
    assert_eq!(report.outcome, RunOutcome::Cancelled { undo: Undo::NotNeeded });
    assert_eq!(bench.runtime.calls().perform, 0);
}

#[tokio::test]
async fn a_deploy_that_is_cancelled_while_the_old_release_drains_gives_it_the_traffic_back() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    let old = bench.public_targets().await;
    let request = bench.routes.begin(&old[0].instance);
    let run = bench.begin(web(&["serve-after", "1"])).await;
    bench.until("the drain", async || bench.routes.calls().drain > 0).await;
    assert_ne!(bench.public_targets().await, old);
    run.cancel();
    let report = bench.end(&run).await;
    assert_eq!(report.outcome, RunOutcome::Cancelled { undo: Undo::Complete });
    assert_eq!(bench.public_targets().await, old);
    assert_eq!((bench.instances("web").await.len(), bench.status().await.as_str()), (1, "ready"));
    assert!(!request.was_cut());
}

#[tokio::test]
async fn dropping_the_handle_does_not_stop_the_run() {
    let bench = Bench::new();
    drop(bench.begin(web(&["serve-after", "50"])).await);
    bench.until("the release", async || bench.status().await == "ready").await;
    assert_eq!(bench.ledger().await, ["healthy"]);
}

#[tokio::test]
async fn dropping_the_wait_does_not_stop_the_run() {
    let bench = Bench::new();
    let run = bench.begin(web(&["serve-after", "50"])).await;
    {
        let wait = std::pin::pin!(run.wait());
        assert!(futures_util::FutureExt::now_or_never(wait).is_none());
    }
    assert!(bench.end(&run).await.outcome.is_success());
}

#[tokio::test]
async fn an_attempt_whose_start_was_never_answered_ends_with_the_run_that_is_cancelled() {
    let bench = Bench::new();
    bench.runner.lose_answers(u32::MAX);
    let run = bench.begin(with_jobs(web(&["serve"]), &[("migrate", job(&["sleep", "3600000"]))])).await;
    bench.until("the attempt", async || !bench.runner.started().is_empty()).await;
    run.cancel();
    let report = bench.end(&run).await;
    assert_eq!(report.outcome, RunOutcome::Cancelled { undo: Undo::NotNeeded });
    assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
}
