//! One change per environment at a time.

use std::time::Duration;

use eve_core::event::{RunOutcome, Undo};
use eve_core::{StreamId, codes};

use crate::bench::{Bench, needing, project, web};

#[tokio::test]
async fn a_second_engine_is_told_that_the_environment_is_held() {
    let bench = Bench::new();
    let run = bench.begin(web(&["hang"])).await;
    let second = bench.second_engine();
    for engine in [&second, &bench.engine] {
        let error = engine.deploy(bench.request(web(&["serve"]))).await.map(drop).unwrap_err();
        assert_eq!(error.code(), &codes::LEASE_HELD);
        assert!(error.hint().is_some());
    }
    assert!(second.recover().await.unwrap().is_empty());
    run.cancel();
    bench.end(&run).await;
    let run = second.deploy(bench.request(web(&["serve"]))).await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
}

#[tokio::test]
async fn environments_do_not_hold_each_other_up() {
    let bench = Bench::new();
    let run = bench.begin(web(&["hang"])).await;
    let mut project = web(&["serve"]);
    let blog = eve_core::ProjectName::new("blog").unwrap();
    project.name = blog.clone();
    let sandbox = crate::bench::sandbox(&mut project);
    sandbox.desired.environment.project = blog;
    sandbox.desired.routes.clear();
    assert!(bench.deploy(project).await.outcome.is_success());
    run.cancel();
    bench.end(&run).await;
}

#[tokio::test]
async fn a_holder_whose_lease_went_to_another_changes_nothing_more() {
    let bench = Bench::new();
    let stale = bench.begin(web(&["hang"])).await;
    bench.until("the service", async || !bench.instances("web").await.is_empty()).await;
    // Its time is over, and it has not noticed.
    bench.clock.jump(Duration::from_secs(3600));
    let second = bench.second_engine();
    let run = second.deploy(bench.request(web(&["serve"]))).await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
    let (stream, calls) = (StreamId::run(&bench.shop, stale.id()), bench.runtime.calls());
    let ended = bench.streams().await.into_iter().find(|(id, _)| *id == stream).unwrap();

    stale.cancel();
    let report = bench.end(&stale).await;
    let RunOutcome::Cancelled { undo: Undo::Incomplete { fault, .. } } = &report.outcome else {
        panic!("{:?}", report.outcome)
    };
    assert_eq!(fault.code, codes::LEASE_LOST);
    assert!(bench.streams().await.contains(&ended));
    assert_eq!((bench.runtime.calls().created, bench.runtime.calls().deleted), (calls.created, calls.deleted));
    // The second engine ended the run of the first.
    let journaled = bench.run(&report).await.outcome.unwrap();
    assert!(matches!(&journaled, RunOutcome::Failed { fault, .. } if fault.code == codes::RUN_INTERRUPTED));
    assert_eq!(bench.status().await, "ready");
}

#[tokio::test]
async fn a_holder_that_notices_that_its_lease_is_gone_stops_by_itself() {
    let bench = Bench::with(|builder, _| builder.lease(Duration::from_millis(300)));
    let run = bench.begin(web(&["hang"])).await;
    bench.until("the service", async || !bench.instances("web").await.is_empty()).await;
    bench.clock.jump(Duration::from_secs(3600));
    let report = bench.end(&run).await;
    let RunOutcome::Failed { fault, undo: Undo::Incomplete { .. } } = &report.outcome else {
        panic!("{:?}", report.outcome)
    };
    assert_eq!(fault.code, codes::LEASE_LOST);
}

#[tokio::test]
async fn no_effect_is_started_when_the_lease_may_be_over_by_the_holders_own_clock() {
    let clock = crate::clock::JumpingEnv::new();
    let bench = Bench::with(|_, bench| bench.parts_by(std::sync::Arc::new(clock.clone())));
    let shop = project(&[("web", &["serve"]), ("api", &["serve-after", "300"])]);
    let run = bench.begin(needing(shop, "web", "api")).await;
    bench.until("api", async || !bench.instances("api").await.is_empty()).await;
    // The journal still says that the lease holds: it is the holder that must not trust it.
    clock.jump(Duration::from_secs(28));
    let report = bench.end(&run).await;
    let RunOutcome::Failed { fault, undo: Undo::Incomplete { left, .. } } = &report.outcome else {
        panic!("{:?}", report.outcome)
    };
    assert_eq!(fault.code, codes::LEASE_LOST);
    assert!(left.contains(&"switch internal/api".to_owned()), "{left:?}");
    assert!(bench.instances("web").await.is_empty());
}

#[tokio::test]
async fn a_lease_is_renewed_for_as_long_as_a_run_takes() {
    let bench = Bench::with(|builder, _| builder.lease(Duration::from_secs(2)));
    let report = bench.succeed(web(&["serve-after", "4000"])).await;
    assert_eq!(bench.kinds(&report.run).await.last().unwrap(), "run.ended");
}

/// A builder with a bug.
#[derive(Debug)]
struct Panics;

#[async_trait::async_trait]
impl eve_core::Builder for Panics {
    async fn build(&self, _: &eve_core::BuildRequest, _: &eve_core::BuildCx) -> eve_core::Result<eve_core::Artifact> {
        panic!("a bug of a backend, which this test expects")
    }
}

impl std::fmt::Display for Panics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("panics")
    }
}

#[tokio::test]
async fn a_run_whose_backend_panics_holds_its_environment_no_longer_than_its_lease() {
    let bench = Bench::with(|builder, _| builder.builder(std::sync::Arc::new(Panics)));
    let run = bench.begin(crate::bench::built(web(&["serve"]), "web")).await;
    let error = bench.within("the end", run.wait()).await.unwrap_err();
    assert_eq!(error.code(), &codes::RUN_INTERRUPTED);
    assert!(bench.engine.active_runs().is_empty());
    bench.clock.jump(Duration::from_secs(3600));
    bench.succeed(web(&["serve"])).await;
}
