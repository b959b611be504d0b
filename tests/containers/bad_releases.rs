//! Releases that do not behave, while somebody uses what runs.

use std::time::Duration;

use eve::desired::{HealthCheck, Probe, Service};
use eve::{HealthStatus, Project};

use crate::load::Load;
use crate::shop::{project, runs, shaped};
use crate::stage::Stage;

/// Deploys the next release under load, and takes everything down: no request may be lost.
async fn under_load(stage: Stage, next: Project, succeeds: bool) {
    let before = stage.containers().await;
    let port = stage.eve.ingress_port().await.expect("there is an ingress");
    let load = Load::start(port, format!("c.{}.lvh.me", stage.id.project));
    let report = stage.deploy(next).await;
    assert_eq!(report.outcome.is_success(), succeeds, "{:?}", report.outcome);
    assert_eq!(stage.health().await, HealthStatus::Ready);
    assert_eq!(stage.containers().await == before, !succeeds, "what failed leaves the old release as it was");
    load.lost_nothing().await;
    stage.tear_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_release_that_is_never_ready_costs_no_request() {
    let stage = Stage::open().await;
    assert!(stage.deploy(project(&stage.id, "1")).await.outcome.is_success());
    let next = shaped(&stage.id, "2", |service: &mut Service| {
        service.health = Some(HealthCheck::new(Probe::Http { port: None, path: "/nowhere".to_owned() }));
        service.rollout.ready_within = Duration::from_secs(5);
    });
    Box::pin(under_load(stage, next, false)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_release_that_crashes_soon_after_it_was_ready_costs_no_request() {
    let stage = Stage::open().await;
    assert!(stage.deploy(project(&stage.id, "1")).await.outcome.is_success());
    let next = shaped(&stage.id, "2", |service| {
        runs(service, "mkdir -p /www; echo ok > /www/index.html; httpd -f -p 8080 -h /www & sleep 3; exit 7");
        service.rollout.window = Some(Duration::from_secs(5));
        service.rollout.ready_within = Duration::from_secs(20);
    });
    Box::pin(under_load(stage, next, false)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn an_old_release_that_does_not_end_when_asked_costs_no_request() {
    let stage = Stage::open().await;
    let deaf = shaped(&stage.id, "1", |service| {
        runs(service, "trap '' TERM; mkdir -p /www; echo ok > /www/index.html; httpd -f -p 8080 -h /www");
        service.stop_grace = Duration::from_secs(1);
    });
    assert!(stage.deploy(deaf).await.outcome.is_success());
    let next = project(&stage.id, "2");
    Box::pin(under_load(stage, next, true)).await;
}
