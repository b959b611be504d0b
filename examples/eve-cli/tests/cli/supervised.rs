//! Environments that run on when the program has ended.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::shop::{Shop, eventually};

const DEPLOY: [&str; 5] = ["env", "deploy", "sandbox", "-o", "json"];
const DELETE: [&str; 6] = ["env", "delete", "sandbox", "--yes", "-o", "json"];

#[test]
fn a_deploy_returns_when_it_is_ready_and_the_environment_runs_on_until_it_is_deleted() {
    let shop = Shop::new();
    shop.manifest(&shop.text_with_server());
    let first = shop.eve(&DEPLOY).expect(0, "ok");
    let runs = shop.nappers();
    assert_eq!(runs.len(), 1);
    let url = first["urls"]["server"][0].as_str().expect("the server has an address").to_owned();
    assert!(answers(&url), "{url}");

    let again = shop.eve(&DEPLOY).expect(0, "ok");
    assert_eq!((&again["unchanged"], &again["urls"]), (&true.into(), &first["urls"]));
    assert_eq!(shop.nappers(), runs);
    let health = shop.eve(&["env", "health", "sandbox", "-o", "json"]).expect(0, "ok");
    assert_eq!(health["health"]["status"], "ready", "{health}");
    let plan = shop.eve(&["plan", "sandbox", "-o", "json"]).expect(0, "ok");
    assert_eq!(plan["operations"], serde_json::json!([]), "{plan}");

    shop.eve(&DELETE).expect(0, "ok");
    assert!(shop.nappers().is_empty() && !answers(&url));
    eventually("the supervisor ends itself when it holds nothing", || shop.supervisor().is_none());
}

#[test]
fn a_second_release_and_a_rollback_find_what_runs() {
    let shop = Shop::new();
    let first = shop.eve(&DEPLOY).expect(0, "ok");
    let before = shop.nappers();
    shop.release("2");
    let second = shop.eve(&DEPLOY).expect(0, "ok");
    assert_ne!(first["release"], second["release"]);
    let after = shop.nappers();
    assert!(after.len() == 1 && after != before);
    let back = shop.eve(&["env", "rollback", "sandbox", "-o", "json"]).expect(0, "ok");
    assert_eq!(back["release"], first["release"]);
    assert_eq!(shop.nappers().len(), 1);
}

#[test]
fn logs_are_followed_beside_the_supervisor() {
    let shop = Shop::new();
    shop.manifest(&shop.text_with_server());
    let deployed = shop.eve(&DEPLOY).expect(0, "ok");
    let mut logs = shop.hold(&["env", "logs", "sandbox", "server", "--follow", "-o", "json"]);
    let url = deployed["urls"]["server"][0].as_str().expect("the server has an address").to_owned();
    logs.wait_for("listening");
    assert!(answers(&url));
    logs.wait_for("GET /");
    logs.signal(Signal::INT);
    assert_eq!(logs.end().0, 0);
}

#[test]
fn two_environments_are_deployed_at_once() {
    let shop = Shop::new();
    shop.manifest(&shop.text().replace("  sandbox: {}\n", "  sandbox: {}\n  staging: {}\n"));
    let mut staging = shop.hold(&["env", "deploy", "staging", "-o", "json"]);
    shop.eve(&DEPLOY).expect(0, "ok");
    assert_eq!(staging.end().0, 0);
    assert_eq!(shop.nappers().len(), 2);
}

#[test]
fn services_outlive_their_supervisor_and_are_taken_over_by_the_next_one() {
    let shop = Shop::new();
    shop.manifest(&shop.text_with_server());
    let first = shop.eve(&DEPLOY).expect(0, "ok");
    let url = first["urls"]["server"][0].as_str().expect("the server has an address").to_owned();
    let (runs, supervisor) = (shop.nappers(), shop.supervisor().expect("a supervisor runs"));
    let pid = i32::try_from(supervisor).ok().and_then(Pid::from_raw).expect("it has a number");
    kill_process(pid, Signal::KILL).expect("it is there to be killed");
    eventually("the supervisor is dead", || shop.supervisor().is_none());
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(shop.nappers(), runs, "children live on");

    let again = shop.eve(&DEPLOY).expect(0, "ok");
    assert_eq!((&again["unchanged"], &again["urls"]), (&true.into(), &first["urls"]), "{again}");
    assert_eq!(shop.nappers(), runs);
    assert!(answers(&url), "routes come back from the table on disk");
}

/// True if the address answers with success.
fn answers(url: &str) -> bool {
    use std::io::{Read as _, Write as _};
    let authority = url.strip_prefix("http://").expect("it is an HTTP address");
    let port = authority.rsplit_once(':').expect("the ingress has a port").1;
    let Ok(mut stream) = std::net::TcpStream::connect(format!("127.0.0.1:{port}")) else { return false };
    let mut answer = String::new();
    let asked = write!(stream, "GET / HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n")
        .and_then(|()| stream.read_to_string(&mut answer));
    asked.is_ok() && answer.starts_with("HTTP/1.1 200")
}
