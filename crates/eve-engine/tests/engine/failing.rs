//! Releases that do not become ready.

use std::time::Duration;

use eve_core::event::{RunOutcome, Undo};
use eve_core::{Env as _, Evidence, Exit, LedgerResult, codes};

use crate::bench::{Bench, fault_of, needing, project, sandbox, service_name, web};

#[tokio::test]
async fn a_release_that_crashes_stops_at_once_and_tells_exit_code_and_lines() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    let (old, before) = (bench.public_targets().await, bench.routes.calls());

    let mut broken = web(&["exit", "3"]);
    // The deadline is days away: what ends the wait is the finding.
    sandbox(&mut broken).desired.services.get_mut(&service_name("web")).unwrap().rollout.ready_within =
        Duration::from_secs(1_000_000);
    let report = bench.deploy(broken).await;

    let fault = fault_of(&report);
    assert_eq!((&fault.code, report.outcome.exit_code()), (&codes::WORKLOAD_CRASHED, 1));
    let finding = fault.finding.as_ref().unwrap();
    assert_eq!(finding.exit(), Some(Exit::Code(3)));
    let tail = finding.evidence.iter().find_map(|evidence| match evidence {
        Evidence::LogTail { lines, .. } => Some(lines.clone()),
        _ => None,
    });
    assert_eq!(tail.unwrap(), ["started", "exit 3"]);
    assert_eq!(report.undo(), Some(&Undo::Complete));
    // No route was touched: the old release answered all the time.
    assert_eq!((bench.public_targets().await, bench.routes.calls().switch), (old, before.switch));
    assert_eq!(bench.instances("web").await.len(), 1);
    assert_eq!(bench.ledger().await, ["healthy", "failed"]);
    assert_eq!(bench.status().await, "ready");

    bench.succeed(web(&["serve-after", "1"])).await;
    assert_eq!(bench.ledger().await, ["healthy", "failed", "healthy"]);
}

#[tokio::test]
async fn a_first_release_that_crashes_leaves_nothing() {
    let bench = Bench::new();
    let report = bench.deploy(needing(project(&[("web", &["exit", "1"]), ("api", &["serve"])]), "web", "api")).await;
    assert_eq!(fault_of(&report).code, codes::WORKLOAD_CRASHED);
    assert_eq!(report.undo(), Some(&Undo::Complete));
    assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
    assert_eq!(bench.status().await, "unknown");
    let ledger = bench.engine.ledger(&bench.shop).await.unwrap();
    let LedgerResult::Failed { fault, undo } = &ledger.lines[0].result else { panic!("{ledger:?}") };
    assert_eq!((&fault.code, undo), (&codes::WORKLOAD_CRASHED, &Undo::Complete));
}

#[tokio::test]
async fn a_failure_moves_internal_routes_back() {
    let bench = Bench::new();
    let shop = |api: &'static str, web: &'static [&'static str]| {
        needing(project(&[("web", web), ("api", &["serve-after", api])]), "web", "api")
    };
    bench.succeed(shop("1", &["serve"])).await;
    let internal = eve_core::RouteId::Internal { service: service_name("api") };
    let (api, web) = (bench.targets(&internal).await, bench.public_targets().await);

    let report = bench.deploy(shop("2", &["exit", "9"])).await;
    assert_eq!(report.undo(), Some(&Undo::Complete));
    assert_eq!((bench.targets(&internal).await, bench.public_targets().await), (api, web));
    assert_eq!(bench.instances("api").await.len(), 1);
}

#[tokio::test]
async fn a_release_that_is_never_ready_ends_at_its_deadline_with_the_last_finding() {
    let bench = Bench::new();
    let mut slow = web(&["hang"]);
    sandbox(&mut slow).desired.services.get_mut(&service_name("web")).unwrap().rollout.ready_within =
        Duration::from_millis(200);
    let report = bench.deploy(slow).await;
    let fault = fault_of(&report);
    assert_eq!((&fault.code, report.outcome.exit_code()), (&codes::DEADLINE_EXCEEDED, 124));
    assert_eq!(fault.finding.as_ref().unwrap().code, codes::WORKLOAD_NOT_READY);
    assert_eq!(report.undo(), Some(&Undo::Complete));
    assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
}

#[tokio::test]
async fn a_release_that_does_not_stay_ready_takes_no_traffic() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    let old = bench.public_targets().await;
    let mut flapping = web(&["flap", "50"]);
    let rollout = &mut sandbox(&mut flapping).desired.services.get_mut(&service_name("web")).unwrap().rollout;
    (rollout.window, rollout.ready_within) = (Some(Duration::from_secs(60)), Duration::from_secs(120));
    let run = bench.begin(flapping).await;
    let is_unready = async || bench.instances("web").await.iter().any(|o| o.state == eve_core::ObjectState::NotReady);
    bench.until("the flap", is_unready).await;
    bench.env.sleep(Duration::from_millis(50)).await;
    assert_eq!(bench.public_targets().await, old);
    run.cancel();
    let report = bench.end(&run).await;
    assert!(matches!(report.outcome, RunOutcome::Cancelled { undo: Undo::Complete }), "{:?}", report.outcome);
}
