//! One holder of the state, any number of readers.

use eve::{Embedded, HealthStatus, Reader, codes};

use crate::shop::web;
use crate::stage::{Stage, read_log};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_engine_on_the_same_state_is_refused() {
    let stage = Stage::open().await;
    let error = Embedded::open(stage.config()).await.expect_err("somebody holds it");
    assert_eq!(error.code(), &codes::STATE_HELD);
    stage.succeed(web("serve r1")).await;
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_opened_again_brings_up_what_was_there_before() {
    let stage = Stage::open().await;
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
