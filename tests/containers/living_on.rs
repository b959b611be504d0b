//! Containers live on when whoever made them goes.

use eve::HealthStatus;

use crate::shop::{project, without_ports};
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn what_an_engine_leaves_is_found_by_the_next_one_as_it_was() {
    let stage = Stage::open().await;
    assert!(stage.eve.engine().capabilities().survives_engine);
    assert!(stage.deploy(project(&stage.id, "1")).await.outcome.is_success());
    let before = stage.containers().await;
    let stage = stage.reopen().await;
    assert_eq!(stage.containers().await, before);
    assert_eq!(stage.health().await, HealthStatus::Ready);
    assert!(stage.deploy(project(&stage.id, "1")).await.outcome.is_success());
    assert_eq!(stage.containers().await, before);
    stage.tear_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn the_ingress_starts_with_the_first_route_and_outlives_whoever_started_it() {
    let stage = Stage::supervised().await;
    assert!(stage.deploy(without_ports(&stage.id, "1")).await.outcome.is_success());
    assert!(stage.deploy(without_ports(&stage.id, "1")).await.outcome.is_unchanged());
    assert!(!stage.has_supervisor(), "nothing is led anywhere");
    assert!(stage.deploy(project(&stage.id, "2")).await.outcome.is_success());
    assert!(stage.has_supervisor());
    let port = stage.eve.ingress_port().await.expect("there is an ingress");
    let stage = stage.reopen().await;
    assert!(stage.has_supervisor());
    assert_eq!(stage.eve.ingress_port().await.expect("there is an ingress"), port);
    assert_eq!(stage.health().await, HealthStatus::Ready);
    stage.tear_down().await;
}
