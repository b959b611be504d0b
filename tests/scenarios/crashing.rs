//! Releases that crash at their start.

use eve::event::Undo;
use eve::{Evidence, Exit, Verdict, codes};

use crate::shop::web;
use crate::stage::{Stage, fault_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_crashes_is_stopped_by_what_it_said_and_the_old_one_answers_all_the_while() {
    let stage = Stage::open().await;
    stage.succeed(web("serve r1")).await;
    let visitor = stage.visitor().await;
    let report = stage.deploy(web("crash 7")).await;
    let answers = visitor.stop().await;

    let fault = fault_of(&report);
    assert_eq!(fault.code, codes::WORKLOAD_CRASHED);
    let finding = fault.finding.as_ref().expect("a finding ended the wait");
    assert_eq!(finding.verdict, Verdict::Terminal);
    assert_eq!(finding.exit(), Some(Exit::Code(7)));
    let said = finding.evidence.iter().find_map(|evidence| match evidence {
        Evidence::LogTail { lines, .. } => Some(lines),
        _ => None,
    });
    assert!(said.is_some_and(|lines| lines.iter().any(|line| line.contains("the till is locked"))), "{said:?}");
    assert_eq!(report.undo(), Some(&Undo::Complete));
    assert!(!answers.is_empty());
    let strange: Vec<_> =
        answers.iter().filter(|answer| !answer.as_ref().is_ok_and(|b| b.starts_with("r1 "))).collect();
    assert!(strange.is_empty(), "{strange:?}");
    assert_eq!(stage.ledger().await, ["healthy", "failed"]);

    stage.succeed(web("serve r2")).await;
    assert!(stage.get().await.starts_with("r2 "));
    assert_eq!(stage.ledger().await, ["healthy", "failed", "healthy"]);
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_release_that_crashes_leaves_nothing() {
    let stage = Stage::open().await;
    let report = stage.deploy(web("crash 7")).await;
    assert_eq!(fault_of(&report).code, codes::WORKLOAD_CRASHED);
    assert_eq!(stage.ledger().await, ["failed"]);
    stage.expect_nothing().await;
    stage.eve.shutdown().await;
}
