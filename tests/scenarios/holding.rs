//! Who holds what runs, and who comes beside.

use eve::{Embedded, HealthStatus, Reader, codes, supervisor};

use crate::client;
use crate::shop::{HOST, web};
use crate::stage::{Stage, end, kill, read_log, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_engine_beside_one_that_holds_everything_itself_is_refused() {
    let stage = Stage::in_process().await;
    let error = Embedded::open(stage.config()).await.expect_err("somebody holds it");
    assert_eq!(error.code(), &codes::STATE_HELD);
    stage.succeed(web("serve r1")).await;
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_held_everything_itself_brings_it_up_again() {
    let stage = Stage::in_process().await;
    stage.succeed(web("serve r1")).await;
    let before = stage.get().await;
    let stage = stage.reopen().await;
    assert_ne!(stage.status().await, HealthStatus::Ready);
    stage.succeed(web("serve r1")).await;
    let after = stage.get().await;
    assert!(after.starts_with("r1 "));
    assert_ne!(after, before);
    assert_eq!(stage.ledger().await, ["healthy", "healthy"]);
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_opened_again_finds_what_runs_as_it_was() {
    let stage = Stage::open().await;
    assert!(stage.eve.parts().runtime.capabilities().survives_engine);
    stage.succeed(web("serve r1")).await;
    let before = stage.get().await;
    let stage = stage.reopen().await;
    assert_eq!(stage.status().await, HealthStatus::Ready);
    assert_eq!(stage.get().await, before);
    let report = stage.deploy(web("serve r1")).await;
    assert!(report.outcome.is_unchanged(), "{:?}", report.outcome);
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_engines_on_one_state_take_turns() {
    let stage = Stage::open().await;
    stage.succeed(web("serve r1")).await;
    let other = Embedded::open(stage.config()).await.expect("a supervisor holds what runs");
    let run = other.engine().deploy(stage.request(web("serve r2"))).await.expect("nobody changes it now");
    let refused = stage.eve.engine().deploy(stage.request(web("serve r3"))).await.expect_err("one change at a time");
    assert_eq!(refused.code(), &codes::LEASE_HELD);
    assert!(end(&run).await.outcome.is_success());
    other.shutdown().await;
    assert!(stage.get().await.starts_with("r2 "));
    stage.succeed(web("serve r3")).await;
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_that_is_killed_is_started_again_at_once_and_takes_over() {
    let stage = Stage::open().await;
    stage.succeed(web("serve r1")).await;
    let before = stage.get().await;
    let dir = stage.config().dir;
    let running = || supervisor::holder(&dir).expect("its lock can be read");
    let first = running().expect("it runs");
    kill(&first.to_string()).await;
    until("another supervisor runs", async || running().is_some_and(|pid| pid != 0 && pid != first)).await;
    let port = stage.port().await;
    until("the ingress is back", async || client::get(port, HOST).await.is_ok()).await;
    assert_eq!(stage.get().await, before, "the same process answers");
    assert_eq!(stage.status().await, HealthStatus::Ready);
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_one_process_says_what_that_costs() {
    let stage = Stage::in_process().await;
    assert!(!stage.eve.parts().runtime.capabilities().survives_engine);
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_beside_the_holder_tells_health_and_logs_and_changes_nothing() {
    let stage = Stage::open().await;
    stage.succeed(web("serve r1")).await;
    let reader = Reader::open(stage.config()).await.expect("the state can be read");
    let health = reader.engine().health(&stage.id).await.expect("the journal answers");
    assert_eq!(health.status, HealthStatus::Ready, "{health:?}");
    let log = read_log(reader.engine(), &stage.id).await;
    assert!(log.iter().any(|line| line.contains("serving")), "{log:?}");
    assert_eq!(log, stage.log().await);
    let refused = reader.engine().deploy(stage.request(web("serve r2"))).await.expect_err("it only reads");
    assert_eq!(refused.code(), &codes::STATE_READ_ONLY);
    assert!(stage.get().await.starts_with("r1 "));
    stage.delete().await;
}
