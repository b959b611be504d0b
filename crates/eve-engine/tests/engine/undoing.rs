//! Undos that do not go well.

use std::sync::Arc;

use eve_core::event::{RunOutcome, Undo};
use eve_core::wrap::{Fault, Faulty, Method, When};
use eve_core::{ErrorKind, codes};

use crate::bench::{Bench, fault_of, needing, project, web};

#[tokio::test]
async fn an_undo_that_fails_names_what_is_left_and_holds_up_no_deploy() {
    // Performs: 1 makes release 1, 2 makes release 2, 3 is to take it away again.
    let fault = Fault::new(Method::RuntimePerform, 3, When::Before).with_error(ErrorKind::Failed, codes::BACKEND_IO);
    let bench = Bench::with(|builder, bench| builder.runtime(Arc::new(Faulty::new(bench.runtime.clone(), [fault]))));
    bench.succeed(web(&["serve"])).await;
    let broken = bench.deploy(web(&["exit", "1"])).await;

    assert_eq!(fault_of(&broken).code, codes::WORKLOAD_CRASHED);
    let Some(Undo::Incomplete { left, fault }) = broken.undo() else { panic!("{:?}", broken.outcome) };
    let there = bench.instances("web").await;
    assert_eq!(there.len(), 2);
    let failed = there.iter().find(|object| !object.state.is_live()).unwrap();
    assert_eq!(left, &[format!("delete {}", failed.id)]);
    assert_eq!(fault.code, codes::BACKEND_IO);

    bench.succeed(web(&["serve-after", "1"])).await;
    assert_eq!(bench.instances("web").await.len(), 1);
    assert_eq!(bench.ledger().await, ["healthy", "failed", "healthy"]);
}

#[tokio::test]
async fn a_switch_that_is_not_confirmed_fails_the_deploy_and_the_old_release_keeps_the_traffic() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    let old = bench.public_targets().await;
    bench.routes.refuse_confirmation(true);
    let report = bench.deploy(web(&["serve-after", "1"])).await;
    assert_eq!(fault_of(&report).code, codes::ROUTE_UNCONFIRMED);
    assert_eq!(report.undo(), Some(&Undo::Complete));
    assert_eq!(bench.public_targets().await, old);
    assert_eq!(bench.status().await, "ready");
}

#[tokio::test]
async fn routes_that_refuse_to_go_back_leave_the_undo_incomplete_and_the_next_deploy_mends_it() {
    let bench = Bench::new();
    let shop = |api: &'static str, web: &'static [&'static str]| {
        needing(project(&[("web", web), ("api", &["serve-after", api])]), "web", "api")
    };
    bench.succeed(shop("1", &["serve"])).await;
    // The internal route of api moves, then web is not ready, then nothing is confirmed any more.
    let run = bench.begin(shop("2", &["hang"])).await;
    bench.until("web to start", async || bench.instances("web").await.len() == 2).await;
    bench.routes.refuse_confirmation(true);
    run.cancel();
    let report = bench.end(&run).await;
    let RunOutcome::Cancelled { undo: Undo::Incomplete { left, fault } } = &report.outcome else {
        panic!("{:?}", report.outcome)
    };
    assert_eq!(fault.code, codes::ROUTE_UNCONFIRMED);
    assert!(left.contains(&"switch internal/api".to_owned()), "{left:?}");

    bench.routes.refuse_confirmation(false);
    bench.succeed(shop("3", &["serve"])).await;
    assert_eq!((bench.instances("web").await.len(), bench.instances("api").await.len()), (1, 1));
    assert_eq!(bench.status().await, "ready");
}
