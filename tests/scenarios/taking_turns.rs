//! Two who want to change one environment.

use std::fs;

use eve::codes;

use crate::shop::web;
use crate::stage::{Stage, end, pid_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_deploy_is_refused_while_one_is_under_way_and_does_not_disturb_it() {
    let stage = Stage::open().await;
    let open = stage.file("open");
    let run = stage.begin(web(&format!("serve-when {} r1", open.display()))).await;
    pid_in(&open).await;
    let refused = stage.eve.engine().deploy(stage.request(web("serve r2"))).await.expect_err("one is under way");
    assert_eq!(refused.code(), &codes::LEASE_HELD);
    fs::write(&open, "").expect("the folder can be written");
    let report = end(&run).await;
    assert!(report.outcome.is_success(), "{:?}", report.outcome);
    stage.succeed(web("serve r2")).await;
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_twice_with_one_key_is_one_run_and_with_other_arguments_an_error() {
    let stage = Stage::open().await;
    let ask = |role: &str| stage.request(web(role)).with_idempotency_key("order-1");
    let engine = stage.eve.engine();
    let first = engine.deploy(ask("serve r1")).await.expect("the deploy begins");
    let again = engine.deploy(ask("serve r1")).await.expect("it is the same run");
    assert_eq!(first.id(), again.id());
    assert!(end(&again).await.outcome.is_success());
    let late = engine.deploy(ask("serve r1")).await.expect("it is the same run still");
    assert_eq!(first.id(), late.id());
    assert!(end(&late).await.outcome.is_success());
    let other = engine.deploy(ask("serve r2")).await.expect_err("the key was used");
    assert_eq!(other.code(), &codes::RUN_IDEMPOTENCY_CONFLICT);
    assert_eq!(engine.runs(&stage.id).await.expect("the journal answers").len(), 1);
    stage.delete().await;
}
