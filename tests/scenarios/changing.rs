//! Releases of another shape.

use crate::shop::{project, service};
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_the_next_release_does_not_have_goes_with_its_route() {
    let stage = Stage::open().await;
    stage.succeed(project([("web", service("serve r1")), ("api", service("serve r1"))])).await;
    let next = project([("web", service("serve r2"))]);
    stage.succeed(next.clone()).await;
    assert!(stage.get().await.starts_with("r2 "));
    let left = stage.eve.engine().leftovers(&stage.id).await.expect("the backends answer");
    assert_eq!(left.objects.len(), 1, "{left:?}");
    assert!(left.routes.iter().all(|route| !route.to_string().contains("api")), "{left:?}");
    assert!(left.attempts.is_empty(), "{left:?}");
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_of_which_one_service_crashes_moves_none() {
    let stage = Stage::open().await;
    stage.succeed(project([("web", service("serve r1")), ("api", service("serve r1"))])).await;
    let before = stage.get().await;
    let report = stage.deploy(project([("web", service("serve r2")), ("api", service("crash 4"))])).await;
    assert!(!report.outcome.is_success());
    assert_eq!(report.undo(), Some(&eve::event::Undo::Complete));
    assert_eq!(stage.get().await, before);
    let left = stage.eve.engine().leftovers(&stage.id).await.expect("the backends answer");
    assert_eq!(left.objects.len(), 2, "{left:?}");
    assert_eq!(stage.status().await, eve::HealthStatus::Ready);
    stage.delete().await;
}
