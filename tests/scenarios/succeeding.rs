//! What happens to the old release while the next one is on its way.

use std::fs;

use eve::codes;
use eve::desired::Restart;
use tokio::process::Command;

use crate::shop::{project, service, web};
use crate::stage::{Stage, end, lives, pid_in, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_the_old_release_does_not_fail_the_next_one() {
    let stage = Stage::open().await;
    let mut old = service("serve r1");
    old.restart = Restart::Never;
    stage.succeed(project([("web", old)])).await;
    let answer = stage.get().await;
    let pid = answer.strip_prefix("r1 ").expect("r1 tells its process").to_owned();

    let open = stage.file("open");
    let run = stage.begin(web(&format!("serve-when {} r2", open.display()))).await;
    pid_in(&open).await;
    let killed = Command::new("kill").args(["-9", &pid]).status().await.expect("kill runs");
    assert!(killed.success());
    until("the crash is noticed", async || {
        let health = stage.eve.engine().health(&stage.id).await.expect("the journal answers");
        health.findings.iter().any(|finding| finding.code == codes::WORKLOAD_CRASHED)
    })
    .await;
    assert!(!lives(&pid).await);
    fs::write(&open, "").expect("the folder can be written");

    let report = end(&run).await;
    assert!(report.outcome.is_success(), "{:?}", report.outcome);
    assert!(stage.get().await.starts_with("r2 "));
    stage.delete().await;
}
