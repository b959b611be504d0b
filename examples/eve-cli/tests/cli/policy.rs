//! What the host allows, by the command line.

use super::shop::Shop;

/// The project, with a line more for its service: line 7 of the manifest.
fn asking(line: &str) -> Shop {
    let shop = Shop::new();
    shop.manifest(&shop.text().replace("environments:\n", &format!("    {line}\nenvironments:\n")));
    shop
}

#[test]
fn what_the_host_does_not_allow_is_refused_with_its_place_and_what_would_permit_it() {
    let shop = asking("pid: host");
    for args in [["plan", "sandbox", "-o", "json"].as_slice(), &["env", "deploy", "sandbox", "-o", "json"]] {
        let error = shop.eve(args).expect(1, "failed")["error"].clone();
        assert_eq!(error["code"], "policy.namespace", "{error}");
        assert!(error["message"].as_str().is_some_and(|text| text.contains("manifest.yaml:7:10")), "{error}");
        assert!(error["hint"].as_str().is_some_and(|text| text.ends_with("namespace=pid")), "{error}");
    }
    assert!(shop.nappers().is_empty());
    let plan = shop.eve(&["plan", "sandbox", "--allow", "namespace=pid", "-o", "json"]).expect(2, "changes");
    assert!(plan.to_string().contains("services.napper.host.namespaces.pid"), "{plan}");
}

#[test]
fn what_a_process_cannot_have_stays_refused_where_the_host_allows_it() {
    let shop = asking("volumes: ['./app:/app:ro']");
    let folder = format!("bind={}", shop.path("app").canonicalize().expect("it is there").display());
    assert_eq!(shop.eve(&["plan", "sandbox", "-o", "json"]).error(1), "policy.host_mount");
    let allowed = shop.eve(&["plan", "sandbox", "--allow", &folder, "-o", "json"]);
    assert_eq!(allowed.error(1), "capability.unsupported");
    assert_eq!(shop.eve(&["plan", "sandbox", "--allow", "nothing", "-o", "json"]).error(64), "usage.invalid");
}
