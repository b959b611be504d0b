//! Runs of other environments that were left open.

use std::thread::sleep;
use std::time::Duration;

use rustix::process::Signal;

use super::shop::{Shop, eventually};

#[test]
fn what_is_left_open_elsewhere_holds_no_deploy_up_and_is_not_cancelled_with_it() {
    let shop = Shop::new();
    // The job never ends, and nobody listens on the port: neither run comes to its end.
    let text = shop.text_with_napping_job().replace("  nap:\n", "    ports: [8080]\n  nap:\n");
    shop.manifest(&text.replace("\npipelines:\n", "\n  staging: {}\npipelines:\n"));
    let mut killed = shop.hold(&["env", "deploy", "sandbox", "-o", "json"]);
    eventually("the job runs", || shop.nappers().len() == 1);
    let job = shop.nappers();
    killed.kill();

    let mut staging = shop.hold(&["env", "deploy", "staging", "-o", "json"]);
    eventually("the service of staging runs", || shop.nappers().len() == 2);
    // By then the run of sandbox is taken up, too.
    sleep(Duration::from_secs(1));
    staging.signal(Signal::INT);
    let (code, last) = staging.end();
    assert_eq!((code, &last["outcome"]), (125, &"cancelled".into()), "{last}");
    assert_eq!(shop.nappers(), job);
    let sandbox = shop.eve(&["env", "diagnose", "sandbox", "-o", "json"]).expect(0, "ok");
    assert!(sandbox["active_run"]["id"].is_string(), "{sandbox}");
    assert_eq!(sandbox["active_run"]["cancel_requested"], false, "{sandbox}");

    shop.eve(&["env", "delete", "sandbox", "--yes", "-o", "json"]).expect(0, "ok");
    assert!(shop.nappers().is_empty());
}

#[test]
fn what_is_left_open_elsewhere_is_finished_beside_a_deploy() {
    let shop = Shop::new();
    let gate = shop.path("open").to_string_lossy().into_owned();
    let text = shop.text_with_gate(&gate).replace("  sandbox: {}\n", "  sandbox: {}\n  staging: {}\n");
    shop.manifest(&text);
    let mut killed = shop.hold(&["env", "deploy", "sandbox", "-o", "json"]);
    eventually("the service runs", || shop.nappers().len() == 1);
    killed.kill();
    std::fs::write(&gate, "").expect("the file can be written");

    shop.eve(&["env", "deploy", "staging", "-o", "json"]).expect(0, "ok");
    assert_eq!(shop.nappers().len(), 2);
    let health = shop.eve(&["env", "health", "sandbox", "-o", "json"]).expect(0, "ok");
    assert_eq!((&health["health"]["status"], &health["health"]["active_run"]), (&"ready".into(), &().into()));
}
