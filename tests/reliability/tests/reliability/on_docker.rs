//! The same where services are containers: at some of the points. All of them are a matter of an hour,
//! and of a command (see `docs/reliability.md`).

use std::path::Path;

use eve_reliability::{Ground, Pass, Scenario, Table};

/// How many points are tried: with what they need, about three minutes.
const POINTS: usize = 60;

#[test]
#[ignore = "needs docker: services run as containers"]
fn an_engine_that_dies_leaves_containers_as_one_leaves_them_that_lives_and_no_request_is_lost() {
    let table = Table::new(Ground::Docker).with_program(Path::new(env!("CARGO_BIN_EXE_eve-trial")));
    let scenarios = [Scenario::FirstDeploy, Scenario::Switch, Scenario::FailedRelease, Scenario::Job];
    let table = table.with_scenarios(&scenarios).with_passes(&[Pass::Undisturbed]).at_most(Some(POINTS));
    table.print().expect("every point ends as the clean run does");
}
