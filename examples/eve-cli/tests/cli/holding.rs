//! Beside a process that holds the services, and where the state cannot be had.

use std::net::TcpListener;

use rustix::process::Signal;

use super::shop::Shop;

#[test]
fn whoever_comes_beside_a_foreground_deploy_is_told_who_holds_the_services() {
    let shop = Shop::new();
    let mut holder = shop.hold(&["env", "deploy", "sandbox", "--foreground", "-o", "json"]);
    holder.wait_for("\"event\":\"ready\"");
    for args in [
        &["env", "deploy", "sandbox", "-o", "json"] as &[&str],
        &["env", "rollback", "sandbox", "-o", "json"],
        &["env", "delete", "sandbox", "--yes", "-o", "json"],
    ] {
        let ended = shop.eve(args);
        assert_eq!(ended.error(1), "state.held", "{args:?}");
        let message = ended.last()["error"]["message"].to_string();
        assert!(message.contains(&holder.pid().to_string()), "{message}");
    }
    assert_eq!(shop.nappers().len(), 1, "the holder's service runs on");
    holder.signal(Signal::INT);
    assert_eq!(holder.end().0, 0);
    assert!(shop.nappers().is_empty());
}

#[test]
fn what_a_killed_foreground_deploy_left_is_taken_over_by_the_next_one() {
    let shop = Shop::new();
    let mut holder = shop.hold(&["env", "deploy", "sandbox", "--foreground", "-o", "json"]);
    holder.wait_for("\"event\":\"ready\"");
    let left = shop.nappers();
    holder.kill();

    let last = shop.eve(&["env", "deploy", "sandbox", "-o", "json"]).expect(0, "ok");
    assert_eq!((shop.nappers(), &last["unchanged"]), (left, &true.into()), "{last}");
}

#[test]
fn a_port_that_is_taken_stops_a_deploy() {
    let shop = Shop::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let port = taken.local_addr().expect("it is bound").port().to_string();
    let ended = shop.eve(&["env", "deploy", "sandbox", "--ingress-port", &port, "-o", "json"]);
    assert_eq!(ended.error(1), "port.taken");
    assert!(ended.last()["error"]["hint"].is_string());
    assert!(shop.nappers().is_empty());
}

#[test]
fn state_of_a_newer_version_is_refused_and_left_alone() {
    let shop = Shop::new();
    shop.eve_with(&["secret", "set", "TOKEN", "-o", "json"], "text", &[]).expect(0, "ok");
    let version = shop.path(".eve/state/VERSION");
    std::fs::write(&version, "999\n").expect("it can be written");
    for args in [
        &["env", "deploy", "sandbox", "-o", "json"] as &[&str],
        &["plan", "sandbox", "-o", "json"],
        &["env", "health", "sandbox", "-o", "json"],
    ] {
        assert_eq!(shop.eve(args).error(1), "state.version", "{args:?}");
    }
    assert_eq!(std::fs::read_to_string(&version).expect("it is there"), "999\n");
}

#[test]
fn state_is_where_the_flag_says_then_where_the_variable_says() {
    let shop = Shop::new();
    let set = |args: &[&str]| {
        let args = [&["secret", "set", "TOKEN", "-o", "json"], args].concat();
        let variable = shop.path("of-variable").to_string_lossy().into_owned();
        shop.eve_with(&args, "text", &[("EVE_STATE_DIR", &variable)]).expect(0, "ok")
    };
    set(&["--state", "of-flag"]);
    assert!(shop.path("of-flag/VERSION").exists() && !shop.path("of-variable").exists());
    set(&[]);
    assert!(shop.path("of-variable/VERSION").exists() && !shop.path(".eve/state").exists());
}

#[test]
fn a_state_that_cannot_be_had_is_told() {
    let shop = Shop::new();
    let ended = shop.eve(&["env", "deploy", "sandbox", "--state", "app/release.txt/state", "-o", "json"]);
    assert_eq!(ended.error(1), "state.io");
    assert!(shop.nappers().is_empty());
}
