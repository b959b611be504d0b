//! Manifests that declare no environments: they deploy to whichever is named.

use super::shop::Shop;

/// A project that is a plain Compose file.
fn compose() -> Shop {
    let shop = Shop::new();
    let text = shop.text();
    let services = text.split_once("services:").and_then(|(_, rest)| rest.split_once("environments:"));
    let (services, _) = services.expect("the manifest has services");
    std::fs::remove_file(shop.path(".eve/manifest.yaml")).expect("it is there");
    std::fs::write(shop.path("compose.yaml"), format!("name: ${{NAME:-shop}}\nservices:{services}"))
        .expect("it can be written");
    shop
}

#[test]
fn a_plan_is_for_the_environment_that_is_named() {
    let shop = compose();
    for env in ["bench", "local"] {
        let last = shop.eve(&["plan", env, "-o", "json"]).expect(2, "changes");
        assert_eq!(last["environment"], format!("local/shop/{env}"));
    }
    let valid = shop.eve(&["manifest", "validate", "-o", "json"]).expect(0, "ok");
    assert_eq!(valid["environments"], serde_json::json!([]));
}

#[test]
fn such_an_environment_is_deployed_looked_at_rolled_back_and_deleted() {
    let shop = compose();
    let first = shop.eve(&["env", "deploy", "bench", "-o", "json"]).expect(0, "ok")["release"].clone();
    shop.release("2");
    let second = shop.eve(&["env", "deploy", "bench", "-o", "json"]).expect(0, "ok")["release"].clone();
    assert_ne!(first, second);

    let health = shop.eve(&["env", "health", "bench", "-o", "json"]).expect(0, "ok");
    assert_eq!(health["health"]["services"]["napper"]["ready"], 1, "{health}");
    shop.eve(&["env", "logs", "bench", "napper", "-o", "json"]).expect(0, "ok");
    shop.eve(&["env", "diagnose", "bench", "-o", "json"]).expect(0, "ok");
    assert_eq!(shop.eve(&["env", "health", "other", "-o", "json"]).error(1), "environment.unknown");

    let back = shop.eve(&["env", "rollback", "bench", "-o", "json"]).expect(0, "ok");
    assert_eq!(back["release"], first, "{back}");
    shop.eve(&["env", "delete", "bench", "--yes", "-o", "json"]).expect(0, "ok");
    assert!(shop.nappers().is_empty());
}

#[test]
fn environments_of_such_a_manifest_stand_side_by_side() {
    let shop = compose();
    for env in ["one", "two"] {
        shop.eve(&["env", "deploy", env, "-o", "json"]).expect(0, "ok");
    }
    assert_eq!(shop.nappers().len(), 2);
    shop.eve(&["env", "delete", "one", "--yes", "-o", "json"]).expect(0, "ok");
    assert_eq!(shop.nappers().len(), 1);
    let health = shop.eve(&["env", "health", "two", "-o", "json"]).expect(0, "ok");
    assert_eq!(health["health"]["status"], "ready", "{health}");
}
