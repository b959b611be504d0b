//! Stopping a deploy, and only looking away.

use std::fs;

use eve::HealthStatus;
use eve::event::{RunOutcome, Undo};

use crate::shop::web;
use crate::stage::{Stage, end, lives, pid_in, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_first_deploy_that_is_cancelled_leaves_nothing() {
    let stage = Stage::open().await;
    let open = stage.file("open");
    let run = stage.begin(web(&format!("serve-when {} r1", open.display()))).await;
    let pid = pid_in(&open).await;
    run.cancel();
    let report = end(&run).await;
    assert!(matches!(report.outcome, RunOutcome::Cancelled { undo: Undo::Complete }), "{:?}", report.outcome);
    stage.expect_nothing().await;
    assert!(!lives(&pid).await);
    stage.eve.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_deploy_that_is_cancelled_leaves_the_old_release_alone() {
    let stage = Stage::open().await;
    stage.succeed(web("serve r1")).await;
    let before = stage.get().await;
    let open = stage.file("open");
    let run = stage.begin(web(&format!("serve-when {} r2", open.display()))).await;
    let pid = pid_in(&open).await;
    run.cancel();
    let report = end(&run).await;
    assert!(matches!(report.outcome, RunOutcome::Cancelled { undo: Undo::Complete }), "{:?}", report.outcome);
    assert!(!lives(&pid).await);
    assert_eq!(stage.get().await, before);
    assert_eq!(stage.status().await, HealthStatus::Ready);
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_goes_on_when_its_handle_is_dropped() {
    let stage = Stage::open().await;
    let open = stage.file("open");
    let run = stage.begin(web(&format!("serve-when {} r1", open.display()))).await;
    pid_in(&open).await;
    drop(run);
    fs::write(&open, "").expect("the folder can be written");
    until("the deploy ends well", async || stage.status().await == HealthStatus::Ready).await;
    assert!(stage.get().await.starts_with("r1 "));
    assert_eq!(stage.ledger().await, ["healthy"]);
    stage.delete().await;
}
