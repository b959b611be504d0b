//! Verbs that read, beside a holder and after it.

use rustix::process::Signal;

use super::shop::Shop;

#[test]
fn reading_needs_no_manifest_and_goes_on_beside_the_holder() {
    let shop = Shop::new();
    let mut holder = shop.hold(&["env", "deploy", "sandbox", "--foreground", "-o", "json"]);
    holder.wait_for("\"event\":\"ready\"");
    let state = shop.path(".eve/state").to_string_lossy().into_owned();
    std::fs::remove_file(shop.path(".eve/manifest.yaml")).expect("it is there");
    let read = |verb: &[&str]| {
        let place = ["--project", "shop", "--state", &state, "-o", "json"];
        shop.eve(&[verb, &place].concat()).expect(0, "ok")
    };

    let health = read(&["env", "health", "sandbox"]);
    assert_eq!(health["health"]["status"], "ready", "{health}");
    assert_eq!(health["health"]["services"]["napper"]["ready"], 1, "{health}");
    let diagnosis = read(&["env", "diagnose", "sandbox"]);
    assert_eq!(diagnosis["last_failure"], serde_json::Value::Null, "{diagnosis}");
    assert!(!diagnosis["not_looked_at"].as_array().expect("it is a list").is_empty());
    assert_eq!(read(&["job", "list"])["attempts"], serde_json::json!([]));
    read(&["env", "logs", "sandbox"]);

    holder.signal(Signal::INT);
    assert_eq!(holder.end().0, 0);
    let after = read(&["env", "diagnose", "sandbox"]);
    assert_eq!((&after["health"]["ready"], &after["stopped"]), (&false.into(), &true.into()), "{after}");
}

#[test]
fn reading_where_no_state_is_makes_none() {
    let shop = Shop::new();
    for args in [
        &["env", "health", "sandbox", "-o", "json"] as &[&str],
        &["env", "logs", "sandbox", "-o", "json"],
        &["env", "delete", "sandbox", "--yes", "-o", "json"],
        &["job", "list", "-o", "json"],
    ] {
        assert_eq!(shop.eve(args).error(1), "state.io", "{args:?}");
    }
    assert!(!shop.path(".eve/state").exists());
}

#[test]
fn an_unknown_service_has_no_logs() {
    let shop = Shop::new();
    shop.eve(&["env", "deploy", "sandbox", "-o", "json"]).expect(0, "ok");
    assert_eq!(shop.eve(&["env", "logs", "sandbox", "nobody", "-o", "json"]).error(1), "service.unknown");
}

#[test]
fn a_diagnosis_says_where_routes_lead() {
    let shop = Shop::new();
    shop.manifest(&shop.text_with_server());
    shop.eve(&["env", "deploy", "sandbox", "-o", "json"]).expect(0, "ok");
    let diagnosis = shop.eve(&["env", "diagnose", "sandbox", "-o", "json"]).expect(0, "ok");
    let routes = diagnosis["routes"].as_array().expect("routes are a list");
    assert!(routes.len() == 2 && routes.iter().all(|route| route["targets"][0]["instance"].is_object()), "{diagnosis}");
    assert_eq!(diagnosis["not_looked_at"], serde_json::json!([]));
}

#[test]
fn a_job_is_listed_and_its_log_is_kept() {
    let shop = Shop::new();
    let job = "  hello:\n    build: ./app\n    command: [echo, hello from a job]\n    x-eve: { role: job }\n";
    let pipeline = "  sandbox: { pipeline: ship }\npipelines:\n  ship:\n    steps:\n      - { name: build, action: { type: build } }\n      - { name: release, depends_on: [build], action: { type: release } }\n      - { name: greet, depends_on: [release], action: { type: job, service: hello } }\n      - { name: deploy, depends_on: [greet], action: { type: deploy } }\n";
    shop.manifest(
        &shop.text().replace("environments:\n", &format!("{job}environments:\n")).replace("  sandbox: {}\n", pipeline),
    );
    shop.eve(&["env", "deploy", "sandbox", "-o", "json"]).expect(0, "ok");

    let listed = shop.eve(&["job", "list", "-o", "json"]).expect(0, "ok");
    let attempt = listed["attempts"][0]["id"].as_str().expect("there is one").to_owned();
    assert_eq!(listed["attempts"][0]["service"], "hello");
    let logs = shop.eve(&["job", "logs", &attempt, "-o", "json"]);
    logs.expect(0, "ok");
    assert!(logs.stdout.contains("hello from a job"), "{}", logs.stdout);
    assert_eq!(shop.eve(&["job", "logs", "nothing", "-o", "json"]).error(1), "attempt.unknown");
}

#[test]
fn a_plan_beside_the_holder_finds_nothing_to_do_until_something_changes() {
    let shop = Shop::new();
    shop.manifest(&shop.text_with_server());
    for (now, next) in [("1", "2"), ("2", "3")] {
        shop.release(now);
        let mut holder = shop.hold(&["env", "deploy", "sandbox", "--foreground", "-o", "json"]);
        holder.wait_for("\"event\":\"ready\"");
        let last = shop.eve(&["plan", "sandbox", "-o", "json"]).expect(0, "ok");
        assert_eq!(last["operations"], serde_json::json!([]));
        shop.release(next);
        shop.eve(&["plan", "sandbox", "-o", "json"]).expect(2, "changes");

        shop.release(now);
        holder.signal(Signal::INT);
        assert_eq!(holder.end().0, 0);
        shop.eve(&["plan", "sandbox", "-o", "json"]).expect(2, "changes");
    }
}
