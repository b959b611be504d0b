//! Containers live on when whoever made them goes.

use eve::HealthStatus;

use crate::shop::project;
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
