//! Plans, deploys, rollbacks and deletions.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rustix::process::Signal;

use super::shop::{Held, Shop, eventually};

#[test]
fn a_plan_says_what_it_would_do_and_does_nothing() {
    let shop = Shop::new();
    let last = shop.eve(&["plan", "sandbox", "-o", "json"]).expect(2, "changes");
    let operations = last["operations"].as_array().expect("operations are a list");
    assert!(
        operations.iter().any(|op| op["operation"].as_str().is_some_and(|text| text.starts_with("create "))),
        "{last}"
    );
    assert!(last["digest"].as_str().is_some_and(|digest| digest.starts_with("sha256:")), "{last}");
    let keys = last["keys"].as_array().expect("what becomes of keys is a list");
    let is_exact = |key: &serde_json::Value| key["grade"] == "exact" && key["place"]["line"].is_u64();
    assert!(keys.iter().any(is_exact), "{last}");
    assert!(shop.nappers().is_empty());
    assert!(!shop.path(".eve/state").exists());
}

#[test]
fn a_foreground_deploy_holds_its_services_until_it_is_told_to_stop() {
    let shop = Shop::new();
    for signal in [Signal::INT, Signal::TERM] {
        let mut deploy = ready(&shop, "deploy");
        assert_eq!(shop.nappers().len(), 1);
        deploy.signal(signal);
        let (code, last) = deploy.end();
        assert_eq!((code, &last["outcome"]), (0, &"ok".into()), "{last}");
        assert!(shop.nappers().is_empty());
    }
}

#[test]
fn an_environment_that_needs_an_approval_is_deployed_as_planned_or_not_at_all() {
    let shop = Shop::new();
    shop.manifest(&shop.text().replace("sandbox: {}", "sandbox: {approval: required}"));
    let deploy = ["env", "deploy", "sandbox", "--foreground", "-o", "json"];
    assert_eq!(shop.eve(&deploy).error(1), "plan.unapproved");
    let plan = shop.eve(&["plan", "sandbox", "-o", "json"]).expect(2, "changes");
    let digest = plan["digest"].as_str().expect("a plan has a digest");
    let mut held = shop.hold(&[&deploy[..], &["--approved", digest]].concat());
    held.wait_for("\"event\":\"ready\"");
    stopped(held);
    shop.release("2");
    let drifted = shop.eve(&[&deploy[..], &["--approved", digest]].concat());
    assert_eq!(drifted.error(1), "plan.drifted");
}

#[test]
fn a_project_that_is_built_as_a_whole_leaves_its_own_state_out() {
    let shop = Shop::new();
    shop.manifest(&shop.text().replace("build: ./app", "build: ."));
    let first = stopped(ready(&shop, "deploy"))["release"].clone();
    assert_eq!(stopped(ready(&shop, "deploy"))["release"], first, "the state that the first deploy wrote is no source");
}

#[test]
fn a_rollback_returns_to_the_release_before_and_a_deletion_ends_it() {
    let shop = Shop::new();
    let mut releases = Vec::new();
    for text in ["1", "2"] {
        shop.release(text);
        releases.push(stopped(ready(&shop, "deploy"))["release"].clone());
    }
    assert_ne!(releases[0], releases[1]);
    assert_eq!(stopped(ready(&shop, "rollback"))["release"], releases[0]);

    shop.eve(&["env", "delete", "sandbox", "--yes", "-o", "json"]).expect(0, "ok");
    assert!(shop.nappers().is_empty());
    assert_eq!(shop.eve(&["env", "rollback", "sandbox", "-o", "json"]).error(1), "release.none_healthy");
}

#[test]
fn deletion_and_rollback_of_what_was_never_deployed_are_refused() {
    let shop = Shop::new();
    stopped(ready(&shop, "deploy"));
    for args in
        [&["env", "delete", "prod", "--yes", "-o", "json"] as &[&str], &["env", "rollback", "prod", "-o", "json"]]
    {
        assert_eq!(shop.eve(args).error(1), "environment.unknown");
    }
}

#[test]
fn ctrl_c_during_a_deploy_cancels_it_and_two_at_once_are_one() {
    let shop = Shop::new();
    // Nobody listens on the port: the deploy waits for readiness until it is cancelled.
    shop.manifest(&shop.text().replace("environments:\n", "    ports: [8080]\nenvironments:\n"));
    let mut deploy = shop.hold(&["env", "deploy", "sandbox", "-o", "json"]);
    eventually("the service runs", || shop.nappers().len() == 1);
    deploy.signal(Signal::INT);
    deploy.signal(Signal::INT);
    let (code, last) = deploy.end();
    assert_eq!((code, &last["outcome"]), (125, &"cancelled".into()), "{last}");
    assert_eq!(last["error"]["code"], "cancelled");
    assert!(shop.nappers().is_empty());

    shop.manifest(&shop.text());
    stopped(ready(&shop, "deploy"));
}

#[test]
fn a_deploy_goes_on_without_its_terminal_where_the_caller_said_so() {
    let shop = Shop::new();
    let gate = shop.path("open").to_string_lossy().into_owned();
    shop.manifest(&shop.text_with_gate(&gate));
    let mut deploy = shop.hold_without_hangup(&["env", "deploy", "sandbox", "-o", "json"]);
    eventually("the service runs", || shop.nappers().len() == 1);
    deploy.signal(Signal::HUP);
    std::thread::sleep(std::time::Duration::from_millis(500));
    std::fs::write(&gate, "").expect("the file can be written");
    let (code, last) = deploy.end();
    assert_eq!((code, &last["outcome"]), (0, &"ok".into()), "{last}");
}

#[test]
fn a_service_that_ends_at_once_fails_the_deploy_with_its_exit_code() {
    let shop = Shop::new();
    let text = shop.text();
    let crashing: Vec<_> = text
        .lines()
        .map(|line| if line.contains("command:") { "    command: [ls, /no/such/file]" } else { line })
        .collect();
    shop.manifest(&crashing.join("\n"));
    let ended = shop.eve(&["env", "deploy", "sandbox", "-o", "json"]);
    assert_eq!(ended.error(1), "workload.crashed");
    let evidence = ended.last()["error"]["finding"]["evidence"].clone();
    let kinds: Vec<_> =
        evidence.as_array().expect("evidence is a list").iter().map(|e| e["evidence"].clone()).collect();
    assert!(kinds.contains(&"exit".into()) && kinds.contains(&"log_tail".into()), "{evidence}");

    let diagnosed = shop.eve(&["env", "diagnose", "sandbox", "-o", "json"]).expect(0, "ok");
    assert_eq!(diagnosed["last_failure"]["fault"]["code"], "workload.crashed", "{diagnosed}");
    let logs = shop.eve(&["env", "logs", "sandbox", "-o", "json"]);
    logs.expect(0, "ok");
    assert!(logs.stdout.contains("/no/such/file"), "{}", logs.stdout);
}

#[test]
fn the_address_of_a_ready_deploy_answers_through_the_ingress() {
    let shop = Shop::new();
    shop.manifest(&shop.text_with_server());
    let mut deploy = shop.hold(&["env", "deploy", "sandbox", "--foreground", "-o", "json"]);
    let ready: serde_json::Value =
        serde_json::from_str(&deploy.wait_for("\"event\":\"ready\"")).expect("a result is JSON");
    let url = ready["urls"]["server"][0].as_str().expect("the server has an address").to_owned();
    let authority = url.strip_prefix("http://").expect("it is an HTTP address");
    let (host, port) = authority.rsplit_once(':').expect("the ingress has a port");
    assert_eq!(host, "server.local-shop-sandbox.lvh.me");

    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("the ingress listens");
    write!(stream, "GET / HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    stopped(deploy);
    assert!(TcpStream::connect(format!("127.0.0.1:{port}")).is_err(), "the ingress ends with the deploy");
}

#[test]
fn a_killed_deploy_is_taken_up_by_the_next_one_with_what_runs() {
    let shop = Shop::new();
    // A file has to be there before it is ready: the deploy is killed while it waits.
    let gate = shop.path("open").to_string_lossy().into_owned();
    shop.manifest(&shop.text_with_gate(&gate));
    let mut killed = shop.hold(&["env", "deploy", "sandbox", "-o", "json"]);
    eventually("the service runs", || shop.nappers().len() == 1);
    let left = shop.nappers();
    killed.kill();
    std::fs::write(&gate, "").expect("the file can be written");

    let ended = shop.eve(&["env", "deploy", "sandbox", "-o", "json"]);
    let last = ended.expect(0, "ok");
    assert_eq!(last["unchanged"], true, "the killed run was finished first: {last}\n{}", ended.stderr);
    assert_eq!(shop.nappers(), left, "what ran runs on");
    shop.eve(&["env", "delete", "sandbox", "--yes", "-o", "json"]).expect(0, "ok");
    assert!(shop.nappers().is_empty());
}

#[test]
fn a_deploy_of_something_else_ends_a_killed_one_and_does_not_wait_for_it() {
    let shop = Shop::new();
    // Nobody listens on the port: what is killed would never be ready.
    shop.manifest(&shop.text().replace("environments:\n", "    ports: [8080]\nenvironments:\n"));
    let mut killed = shop.hold(&["env", "deploy", "sandbox", "-o", "json"]);
    eventually("the service runs", || shop.nappers().len() == 1);
    let left = shop.nappers();
    killed.kill();

    shop.manifest(&shop.text());
    shop.eve(&["env", "deploy", "sandbox", "-o", "json"]).expect(0, "ok");
    let now = shop.nappers();
    assert!(now.len() == 1 && now != left, "{left:?}, then {now:?}");
}

#[test]
fn a_service_that_is_not_ready_in_time_exits_with_124() {
    let shop = Shop::new();
    // Nobody listens on the port.
    let late = "    ports: [8080]\n    x-eve: { rollout: { ready_within: 1s } }\nenvironments:\n";
    shop.manifest(&shop.text().replace("environments:\n", late));
    let ended = shop.eve(&["env", "deploy", "sandbox", "-o", "json"]);
    assert_eq!(ended.error(124), "deadline.exceeded");
    assert!(shop.nappers().is_empty());
}

/// A deploy or rollback that has become ready, in the foreground.
fn ready(shop: &Shop, verb: &str) -> Held {
    let mut held = shop.hold(&["env", verb, "sandbox", "--foreground", "-o", "json"]);
    held.wait_for("\"event\":\"ready\"");
    held
}

/// The result of a held environment that is told to stop.
fn stopped(mut held: Held) -> serde_json::Value {
    held.signal(Signal::INT);
    let (code, last) = held.end();
    assert_eq!(code, 0, "{last}");
    last
}
