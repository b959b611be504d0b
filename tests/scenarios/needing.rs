//! Releases whose services need each other.

use eve::{Project, Template};

use crate::shop::{project, service, service_name, with_variable};
use crate::stage::Stage;

/// A `web` that is healthy only while the `api` of its own release answers.
fn shop(release: &str) -> Project {
    let web = service(&format!("serve-on-api {release}"));
    let web = with_variable(web, "API_URL", Template::service_url(service_name("api")));
    project([("web", web), ("api", service(&format!("serve {release}")))])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_that_needs_its_own_api_becomes_ready_on_the_first_and_the_second_release() {
    let stage = Stage::open().await;
    for release in ["r1", "r2"] {
        stage.succeed(shop(release)).await;
        assert!(stage.get().await.starts_with(&format!("{release} ")));
    }
    assert_eq!(stage.ledger().await, ["healthy", "healthy"]);
    stage.delete().await;
}
