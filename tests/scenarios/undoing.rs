//! Undos that fail.

use std::fs;

use eve::event::Undo;
use eve::{HealthStatus, codes};

use crate::ports::{fixed, free};
use crate::shop::project;
use crate::stage::{Stage, fault_of};

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_fails_names_what_is_left_and_holds_up_no_deploy() {
    let stage = Stage::open().await;
    let port = free();
    let shop = |role: &str| project([("web", fixed(role, port))]);
    let key = stage.file("key");
    fs::write(&key, "").expect("the folder can be written");
    stage.succeed(shop(&format!("serve-with {} r1", key.display()))).await;

    // The old release has to end first, and cannot come back.
    fs::remove_file(&key).expect("the file is there");
    let report = stage.deploy(shop("crash 7")).await;
    assert_eq!(fault_of(&report).code, codes::WORKLOAD_CRASHED);
    let Some(Undo::Incomplete { left, fault }) = report.undo() else { panic!("{:?}", report.outcome) };
    assert_eq!(fault.code, codes::WORKLOAD_CRASHED);
    assert!(left.contains(&"switch internal/web".to_owned()), "{left:?}");
    assert_eq!(stage.status().await, HealthStatus::Degraded);
    assert_eq!(stage.ledger().await, ["healthy", "failed"]);

    stage.succeed(shop("serve r3")).await;
    assert!(stage.get().await.starts_with("r3 "));
    assert_eq!(stage.ledger().await, ["healthy", "failed", "healthy"]);
    stage.delete().await;
}
