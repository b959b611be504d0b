//! The same where services are pods of a cluster: at some of the points. All of them are a matter of hours, and of a
//! command (see `docs/reliability.md`).

use std::path::Path;

use eve_reliability::{Ground, Pass, Scenario, Table};

/// How many points are tried: with what they need, some minutes.
const POINTS: usize = 16;

#[test]
#[ignore = "needs kubernetes: services run as pods"]
fn an_engine_that_dies_leaves_pods_as_one_leaves_them_that_lives_and_no_request_is_lost() {
    let table = Table::new(Ground::K8s).with_program(Path::new(env!("CARGO_BIN_EXE_eve-trial")));
    let scenarios = [Scenario::FirstDeploy, Scenario::Switch];
    let table = table.with_scenarios(&scenarios).with_passes(&[Pass::Undisturbed]);
    let table = table.at_operations(true).at_most(Some(POINTS));
    table.print().expect("every point ends as the clean run does");
}
