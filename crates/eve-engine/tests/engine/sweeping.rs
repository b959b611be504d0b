//! Attempts that nobody goes on with, and what is appended at all.

use std::sync::Arc;
use std::time::Duration;

use eve_core::pipeline::Action;
use eve_core::{AttemptId, AttemptSpec, Deadline, HolderId, Journal as _, LeaseName, OpCx, OpId, RunId, Runner as _};

use crate::bench::{Bench, built, job, service_name, step, web, with_jobs, with_steps};

/// Starts an attempt of which no run knows, as an engine does that was stopped for a while.
async fn stray(bench: &Bench) {
    let env: Arc<dyn eve_core::Env> = bench.env.clone();
    let id = AttemptId::new(&RunId::generate(&*env), "late", 1);
    let spec = AttemptSpec::new(id, bench.shop.clone(), "late", vec!["sleep".to_owned(), "3600000".to_owned()]);
    let deadline = Deadline::after(&*env, Duration::from_secs(60));
    let (name, holder) = (LeaseName::environment(&bench.shop), HolderId::generate(&*env));
    let lease = bench.journal.acquire(&name, &holder, Duration::from_secs(60)).await.unwrap();
    bench.journal.release(&lease).await.unwrap();
    let cx = OpCx::new(env, bench.shop.clone(), OpId::new("start late"), lease.fence, deadline);
    bench.runner.start(&spec, &cx).await.unwrap();
}

async fn attempts(bench: &Bench) -> usize {
    bench.engine.leftovers(&bench.shop).await.unwrap().attempts.len()
}

fn listings(bench: &Bench) -> usize {
    bench.runner.asked().iter().filter(|asked| **asked == "owned").count()
}

#[tokio::test]
async fn a_deploy_of_what_is_there_begins_and_ends_and_asks_for_no_attempts() {
    let bench = Bench::new();
    bench.succeed(with_jobs(web(&["serve"]), &[("migrate", job(&["print", "x"]))])).await;
    let project = web(&["serve"]);
    bench.succeed(project.clone()).await;
    let before = listings(&bench);
    let streams = bench.streams().await.len();
    let report = bench.succeed(project).await;
    assert!(report.outcome.is_unchanged());
    assert_eq!(listings(&bench), before);
    assert_eq!(bench.streams().await.len(), streams + 1);
    let kinds = bench.kinds(&report.run).await;
    assert_eq!((kinds[0].as_str(), kinds[kinds.len() - 1].as_str()), ("run.started", "run.ended"));
    assert_eq!(bench.run(&report).await.steps.len(), 3, "how the steps went is told all the same");
}

#[tokio::test]
async fn an_attempt_without_a_run_is_ended_before_anything_is_done() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    stray(&bench).await;
    bench.succeed(web(&["serve"])).await;
    assert_eq!(attempts(&bench).await, 1, "nothing was to be done, and nothing was looked for");
    bench.succeed(web(&["serve-after", "1"])).await;
    assert_eq!(attempts(&bench).await, 0);
}

#[tokio::test]
async fn an_attempt_without_a_run_is_ended_before_a_job_starts_and_with_the_environment() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    stray(&bench).await;
    bench.succeed(with_jobs(web(&["serve"]), &[("migrate", job(&["print", "x"]))])).await;
    assert_eq!(attempts(&bench).await, 0);
    stray(&bench).await;
    let run = bench.engine.delete(&bench.shop, "me").await.unwrap();
    bench.end(&run).await;
    assert_eq!(attempts(&bench).await, 0);
}

#[tokio::test]
async fn after_a_run_that_somebody_else_had_to_end_attempts_are_looked_for_at_once() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    let job = with_jobs(web(&["serve"]), &[("migrate", job(&["sleep", "3600000"]))]);
    let run = bench.begin(job).await;
    bench.until("an attempt", async || attempts(&bench).await == 1).await;
    // Another engine finds its lease to be over, and its run to be open.
    bench.clock.jump(Duration::from_secs(3600));
    let before = listings(&bench);
    let request = bench.request(web(&["serve"]));
    let next = bench.second_engine().deploy(request).await.unwrap();
    bench.end(&next).await;
    assert!(listings(&bench) > before);
    bench.end(&run).await;
    bench.until("no attempt", async || attempts(&bench).await == 0).await;
}

#[tokio::test]
async fn how_a_step_ended_is_told_while_another_one_goes_on() {
    let bench = Bench::new();
    let migrate = Action::Job { service: service_name("migrate") };
    let project = with_jobs(built(web(&["serve"]), "web"), &[("migrate", job(&["sleep", "3600000"]))]);
    let steps = vec![step("build", Action::Build { services: Vec::new() }, None), step("migrate", migrate, None)];
    let run = bench.begin(with_steps(project, steps)).await;
    let told = async || {
        let runs = bench.engine.runs(&bench.shop).await.unwrap();
        runs[0].steps.values().any(|state| state.satisfies())
    };
    bench.until("the build's end to be told", told).await;
    run.cancel();
    bench.end(&run).await;
}
