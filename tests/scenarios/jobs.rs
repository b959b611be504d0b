//! Jobs that fail.

use eve::{Exit, codes};

use crate::shop::{web, with_job};
use crate::stage::{Stage, fault_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_fails_the_run_and_its_log_can_be_read_afterwards() {
    let stage = Stage::open().await;
    stage.succeed(web("serve r1")).await;
    let report = stage.deploy(with_job(web("serve r2"), "migrate", "crash 5")).await;
    let fault = fault_of(&report);
    assert_eq!(fault.code, codes::ATTEMPT_FAILED);
    assert_eq!(fault.finding.as_ref().and_then(eve::Finding::exit), Some(Exit::Code(5)));
    assert!(stage.get().await.starts_with("r1 "));

    let stage = stage.reopen().await;
    let engine = stage.eve.engine();
    let runs = engine.runs(&stage.id).await.expect("the journal answers");
    let run = runs.iter().find(|run| run.id == report.run).expect("the run is recorded");
    let [attempt] = run.attempts.as_slice() else { panic!("{:?}", run.attempts) };
    assert_eq!(attempt.exit, Some(Exit::Code(5)));
    let log = engine.attempt_log(&stage.id, &attempt.id).await.expect("the log is kept");
    let log = String::from_utf8_lossy(&log);
    assert!(log.contains("opening the shop") && log.contains("the till is locked"), "{log}");
    stage.delete().await;
}
