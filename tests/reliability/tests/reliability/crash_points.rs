//! An engine that dies at every point at which it can.

use std::path::Path;

use eve_reliability::{Ground, Table};

#[test]
fn an_engine_that_dies_at_any_point_leaves_what_one_leaves_that_lives() {
    let table = Table::new(Ground::Process).with_program(Path::new(env!("CARGO_BIN_EXE_eve-trial")));
    if let Err(error) = table.print() {
        panic!("not every point ends as the clean run does: {error}");
    }
}
