//! Two engines on one state directory.

use eve_reliability::say;
use std::error::Error;
use std::path::Path;

use eve_reliability::{Rivals, Scenario, Wake};

fn see(case: impl AsyncFnOnce(Rivals) -> Result<String, Box<dyn Error + Send + Sync>>) {
    let rivals = Rivals::new(Path::new(env!("CARGO_BIN_EXE_eve-trial"))).expect("there is room");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there are threads");
    match runtime.block_on(case(rivals)) {
        Ok(seen) => say!("{seen}"),
        Err(error) => panic!("{error}"),
    }
}

fn stopped(scenario: Scenario, point: &str, wake: Wake) {
    see(async |rivals| rivals.stopped(scenario, point, wake).await);
}

#[test]
fn of_two_deploys_at_once_one_is_refused_and_nothing_is_done_twice() {
    see(async |rivals| rivals.race(6).await);
}

#[test]
fn an_engine_that_is_stopped_before_the_public_switch_and_woken_while_another_goes_on_does_not_switch() {
    stopped(Scenario::Switch, "routes.switch[one] #3 before", Wake::Amid);
}

#[test]
fn an_engine_that_is_stopped_before_the_public_switch_and_woken_after_the_end_does_not_switch() {
    stopped(Scenario::Switch, "routes.switch[one] #3 before", Wake::Late);
}

#[test]
fn an_engine_that_is_stopped_amid_the_public_switch_leaves_what_the_other_one_sees() {
    stopped(Scenario::Switch, "routes.switch[one] #3 sent", Wake::Late);
}

#[test]
fn an_engine_that_is_stopped_before_it_makes_an_instance_does_not_make_it() {
    stopped(Scenario::Switch, "runtime.perform[one] #2 before", Wake::Late);
}

#[test]
fn an_engine_that_is_stopped_while_it_makes_an_instance_leaves_no_second_one() {
    stopped(Scenario::Switch, "runtime.perform[one] #2 sent", Wake::Amid);
}

#[test]
fn an_engine_that_is_stopped_before_it_retires_an_instance_does_not_retire_it() {
    stopped(Scenario::FailedRelease, "runtime.perform[one] #3 before", Wake::Amid);
}

#[test]
fn an_engine_that_is_stopped_before_an_append_does_not_append() {
    stopped(Scenario::Switch, "journal.append #16 before", Wake::Late);
}

#[test]
fn the_attempt_of_a_stopped_engine_is_accepted_once() {
    stopped(Scenario::Job, "runner.start[one] #2 after", Wake::Amid);
}

#[test]
fn the_lease_of_a_killed_engine_is_void_at_once() {
    see(async |rivals| rivals.killed(Scenario::Switch, "routes.switch[one] #3 before").await);
}

#[test]
fn the_lease_of_a_stopped_engine_is_not_void() {
    see(async |rivals| rivals.held(Scenario::Switch, "routes.switch[one] #3 before").await);
}
