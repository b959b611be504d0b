//! Jobs and their attempts.

use std::time::Duration;

use eve_core::pipeline::{Action, StepState};
use eve_core::{Exit, RetryPolicy, Started, codes};

use crate::bench::{Bench, fault_of, job, service_name, step, web, with_jobs, with_steps};

#[tokio::test]
async fn a_jobs_log_is_kept_and_its_attempt_forgotten() {
    let bench = Bench::new();
    let report = bench.succeed(with_jobs(web(&["serve"]), &[("migrate", job(&["print", "one", "two"]))])).await;
    let record = bench.run(&report).await;
    let attempt = &record.attempts[0];
    assert_eq!((attempt.exit, attempt.service.as_str()), (Some(Exit::Code(0)), "migrate"));
    let log = bench.engine.attempt_log(&bench.shop, &attempt.id).await.unwrap();
    assert_eq!(log, "one\ntwo\n");
    assert!(bench.engine.leftovers(&bench.shop).await.unwrap().attempts.is_empty());
    assert_eq!(bench.status().await, "ready");
    let unknown = eve_core::AttemptId::new(&report.run, "other", 1);
    assert_eq!(bench.engine.attempt_log(&bench.shop, &unknown).await.unwrap_err().code(), &codes::ATTEMPT_UNKNOWN);
}

#[tokio::test]
async fn a_job_that_fails_ends_the_run_before_the_environment_is_touched() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    let (calls, routes) = (bench.runtime.calls(), bench.routes.calls());
    let migrate = job(&["exit", "5"]);
    let report = bench.deploy(with_jobs(web(&["serve-after", "1"]), &[("migrate", migrate)])).await;

    let fault = fault_of(&report);
    assert_eq!(fault.code, codes::ATTEMPT_FAILED);
    assert_eq!(fault.finding.as_ref().unwrap().exit(), Some(Exit::Code(5)));
    let record = bench.run(&report).await;
    let state = |name: &str| record.steps[&eve_core::StepName::new(name).unwrap()];
    assert_eq!(
        ["build", "release", "migrate", "deploy"].map(state),
        [StepState::Succeeded, StepState::Succeeded, StepState::Failed, StepState::Cancelled]
    );
    // A job is tried once unless it asks for more.
    assert_eq!(record.attempts.len(), 1);
    assert_eq!((bench.runtime.calls(), bench.routes.calls()), (calls, routes));
    assert_eq!(bench.ledger().await, ["healthy"]);
}

#[tokio::test]
async fn a_failed_job_is_tried_again_as_often_as_it_says() {
    let mut policy = RetryPolicy::default();
    policy.backoff = Duration::from_millis(1);
    let bench = Bench::with(|builder, _| builder.retry(policy));
    let mut migrate = job(&["exit", "5"]);
    migrate.max_attempts = 3;
    let report = bench.deploy(with_jobs(web(&["serve"]), &[("migrate", migrate)])).await;
    assert_eq!(fault_of(&report).code, codes::ATTEMPT_FAILED);
    assert_eq!(bench.run(&report).await.attempts.len(), 3);
    assert!(bench.engine.leftovers(&bench.shop).await.unwrap().attempts.is_empty());
}

#[tokio::test]
async fn a_failure_for_good_is_not_tried_again_however_often_the_job_may() {
    let bench = Bench::new();
    bench.runner.fail_for_good();
    let mut migrate = job(&["exit", "5"]);
    migrate.max_attempts = 3;
    let report = bench.deploy(with_jobs(web(&["serve"]), &[("migrate", migrate)])).await;
    assert_eq!(bench.run(&report).await.attempts.len(), 1);
}

#[tokio::test]
async fn a_lost_answer_to_a_start_starts_nothing_twice() {
    let bench = Bench::new();
    bench.runner.lose_answers(2);
    bench.succeed(with_jobs(web(&["serve"]), &[("migrate", job(&["sleep", "2000"]))])).await;
    let answers: Vec<_> = bench.runner.started().into_iter().map(|(_, started)| started).collect();
    assert_eq!(answers, [Started::New, Started::Adopted, Started::Adopted]);
}

#[tokio::test]
async fn a_job_that_takes_too_long_is_ended() {
    let bench = Bench::new();
    let mut migrate = job(&["sleep", "3600000"]);
    migrate.timeout = Duration::from_millis(50);
    let report = bench.deploy(with_jobs(web(&["serve"]), &[("migrate", migrate)])).await;
    assert_eq!(fault_of(&report).code, codes::ATTEMPT_DEADLINE);
    assert!(bench.engine.leftovers(&bench.shop).await.unwrap().attempts.is_empty());
}

#[tokio::test]
async fn two_steps_of_one_job_are_two_attempts() {
    let bench = Bench::new();
    let migrate = || Action::Job { service: service_name("migrate") };
    let project = with_jobs(web(&["serve"]), &[("migrate", job(&["print", "x"]))]);
    let steps = vec![
        step("release", Action::Release, None),
        step("first", migrate(), Some("release")),
        step("second", migrate(), Some("first")),
    ];
    bench.succeed(with_steps(project, steps)).await;
    let starts = bench.runner.started();
    assert_eq!(starts.len(), 2);
    assert_ne!(starts[0].0, starts[1].0);
}

#[tokio::test]
async fn a_job_finds_the_addresses_of_services() {
    let bench = Bench::new();
    bench.succeed(with_jobs(web(&["serve"]), &[("migrate", job(&["print", "x"]))])).await;
    let spec = bench.runner.specs().remove(0);
    assert_eq!(spec.image, Some(eve_core::desired::ImageRef::new("job:1").unwrap()), "nothing pinned the job's image");
    let variables: Vec<_> = spec.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert!(variables.contains(&"EVE_SERVICE_WEB_URL=http://web.eve-acme-shop-sandbox.internal".to_owned()));
    assert!(variables.contains(&"EVE_ENV_NAME=sandbox".to_owned()));
}

#[tokio::test]
async fn a_job_that_does_not_exist_or_cannot_start_fails_the_run() {
    let bench = Bench::new();
    let steps = vec![step("migrate", Action::Job { service: service_name("nobody") }, None)];
    let report = bench.deploy(with_steps(web(&["serve"]), steps)).await;
    assert_eq!(fault_of(&report).code, codes::SERVICE_UNKNOWN);
    let report = bench.deploy(with_jobs(web(&["serve"]), &[("migrate", job(&["no-such-program"]))])).await;
    assert_eq!(fault_of(&report).code, codes::WORKLOAD_CANNOT_START);
}
