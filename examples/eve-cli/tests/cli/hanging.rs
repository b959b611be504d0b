//! Beside a supervisor that does not answer.

use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::shop::{Shop, eventually};

const DEPLOY: [&str; 5] = ["env", "deploy", "sandbox", "-o", "json"];

/// A supervisor that hangs as long as this lives.
struct Hanging(Pid);

impl Hanging {
    fn begin(shop: &Shop) -> Self {
        let number = shop.supervisor().and_then(|pid| i32::try_from(pid).ok());
        let pid = number.and_then(Pid::from_raw).expect("a supervisor runs");
        kill_process(pid, Signal::STOP).expect("it is there to be stopped");
        Self(pid)
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        kill_process(self.0, Signal::CONT).expect("it is there to go on");
    }
}

#[test]
fn a_supervisor_that_hangs_is_not_taken_for_none_and_can_be_left_while_it_is_asked() {
    let shop = Shop::new();
    shop.eve(&DEPLOY).expect(0, "ok");
    let hanging = Hanging::begin(&shop);
    let mut deploy = shop.hold(&DEPLOY);
    eventually("it listens to signals", || deploy.catches(Signal::INT));
    deploy.signal(Signal::INT);
    let (code, last) = deploy.end();
    assert_eq!((code, &last["outcome"]), (125, &"cancelled".into()), "{last}");
    assert_eq!(shop.eve(&["env", "health", "sandbox", "-o", "json"]).error(1), "supervisor.unavailable");

    drop(hanging);
    let health = shop.eve(&["env", "health", "sandbox", "-o", "json"]).expect(0, "ok");
    assert_eq!(health["health"]["status"], "ready", "{health}");
}

#[test]
fn a_second_ctrl_c_leaves_a_run_whose_supervisor_hangs_to_the_next_engine() {
    let shop = Shop::new();
    shop.manifest(&shop.text_with_napping_job());
    let mut deploy = shop.hold(&DEPLOY);
    eventually("the job runs", || shop.nappers().len() == 1);
    let hanging = Hanging::begin(&shop);
    deploy.signal(Signal::INT);
    deploy.wait_for("stopping");
    // Those that come at once are one.
    sleep(Duration::from_millis(1500));
    deploy.signal(Signal::INT);
    let (code, last) = deploy.end();
    assert_eq!((code, &last["error"]["code"]), (125, &"cancelled".into()), "{last}");
    let message = last["error"]["message"].to_string();
    assert!(last["run"].as_str().is_some_and(|run| message.contains(run)), "{last}");

    drop(hanging);
    shop.manifest(&shop.text());
    shop.eve(&DEPLOY).expect(0, "ok");
    assert_eq!(shop.nappers().len(), 1, "the service runs, and the job does not");
}

#[test]
fn a_foreground_deploy_beside_a_supervisor_is_told_to_work_through_it() {
    let shop = Shop::new();
    shop.eve(&DEPLOY).expect(0, "ok");
    let ended = shop.eve(&["env", "deploy", "sandbox", "--foreground", "-o", "json"]);
    assert_eq!(ended.error(1), "state.held");
    let hint = ended.last()["error"]["hint"].to_string();
    assert!(hint.contains("--foreground"), "{hint}");
    assert_eq!(shop.nappers().len(), 1);
}
