//! Engines and supervisors that are killed at random instants, under load.

use std::path::Path;

use eve_reliability::Kills;

#[test]
fn forty_kills_at_random_instants_lose_and_double_nothing() {
    let kills = Kills::new(40, 4).with_program(Path::new(env!("CARGO_BIN_EXE_eve-trial")));
    kills.print().expect("everything is as it must be");
}
