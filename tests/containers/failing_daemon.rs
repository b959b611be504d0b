//! The engine fails while a deploy is under way.

use std::time::Duration;

use eve::docker::DockerConfig;
use eve::{HealthStatus, RunReport, codes};
use rustix::process::Signal;

use crate::daemon::Daemon;
use crate::shop::{project, shaped};
use crate::stage::{Stage, fault};
use crate::toxic::Toxic;

/// What a deploy may end with while the engine is away: it says so, and nothing else.
fn is_told(report: &RunReport) {
    if !report.outcome.is_success() {
        let known =
            [codes::BACKEND_UNAVAILABLE, codes::DEADLINE_EXCEEDED, codes::WORKLOAD_CRASHED, codes::WORKLOAD_GONE];
        assert!(known.contains(&fault(report).code), "{:?}", report.outcome);
    }
}

/// Deploys once more, and ends everything: nothing may be left of what came before.
async fn comes_to_order(stage: Stage) {
    let report = stage.deploy(project(&stage.id, "last")).await;
    assert!(report.outcome.is_success(), "{:?}", report.outcome);
    assert_eq!(stage.health().await, HealthStatus::Ready);
    assert_eq!(stage.containers().await.len(), 3, "one container for each service");
    stage.tear_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: an engine of its own is killed"]
async fn an_engine_that_is_killed_in_the_middle_of_a_first_deploy_leaves_nothing_behind() {
    let daemon = Daemon::start();
    let stage = Stage::on(DockerConfig::new().with_host(daemon.host())).await;
    let run = stage.begin(project(&stage.id, "1")).await;
    Stage::until(&run, "create container/b").await;
    daemon.signal(Signal::KILL);
    tokio::time::sleep(Duration::from_secs(2)).await;
    daemon.start_again();
    is_told(&Stage::end(&run).await);
    comes_to_order(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: an engine of its own is killed"]
async fn an_engine_that_is_killed_in_the_middle_of_a_switch_and_stays_away_is_told() {
    let daemon = Daemon::start();
    let stage = Stage::on(DockerConfig::new().with_host(daemon.host())).await;
    assert!(stage.deploy(project(&stage.id, "1")).await.outcome.is_success());
    let run = stage.begin(project(&stage.id, "2")).await;
    Stage::until(&run, "create container/c").await;
    daemon.signal(Signal::KILL);
    let report = Stage::end(&run).await;
    assert!(!report.outcome.is_success(), "{:?}", report.outcome);
    is_told(&report);
    daemon.start_again();
    comes_to_order(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: an engine of its own is paused"]
async fn an_engine_that_is_paused_in_the_middle_of_a_deploy_is_waited_for_or_told() {
    let daemon = Daemon::start();
    let stage = Stage::on(DockerConfig::new().with_host(daemon.host())).await;
    let run = stage.begin(project(&stage.id, "1")).await;
    Stage::until(&run, "create container/b").await;
    daemon.signal(Signal::STOP);
    tokio::time::sleep(Duration::from_secs(8)).await;
    daemon.signal(Signal::CONT);
    is_told(&Stage::end(&run).await);
    comes_to_order(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: an engine of its own is restarted"]
async fn an_engine_that_is_restarted_between_two_deploys_has_what_it_had() {
    let daemon = Daemon::start();
    let stage = Stage::on(DockerConfig::new().with_host(daemon.host())).await;
    assert!(stage.deploy(project(&stage.id, "1")).await.outcome.is_success());
    let before = stage.containers().await;
    daemon.signal(Signal::TERM);
    tokio::time::sleep(Duration::from_secs(3)).await;
    daemon.start_again();
    let report = stage.deploy(project(&stage.id, "1")).await;
    assert!(report.outcome.is_success(), "{:?}", report.outcome);
    assert_eq!(stage.containers().await, before, "the same containers, started again by the engine");
    comes_to_order(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_slow_socket_makes_a_deploy_slow_and_nothing_else() {
    let toxic = Toxic::listen(Duration::from_millis(20));
    let stage = Stage::on(DockerConfig::new().with_host(toxic.host())).await;
    for release in ["1", "2"] {
        let report = stage.deploy(project(&stage.id, release)).await;
        assert!(report.outcome.is_success(), "{:?}", report.outcome);
    }
    comes_to_order(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn connections_that_are_cut_are_told_or_made_again() {
    let toxic = Toxic::listen(Duration::ZERO);
    let stage = Stage::on(DockerConfig::new().with_host(toxic.host())).await;
    let run = stage.begin(shaped(&stage.id, "1", |_| {})).await;
    for beginning in ["create container/a", "create container/b", "create container/c"] {
        Stage::until(&run, beginning).await;
        toxic.cut();
    }
    is_told(&Stage::end(&run).await);
    comes_to_order(stage).await;
}
