//! The front door of the project's checks: `cargo xtask <command>`.
//!
//! Every check of the continuous integration is a command here, and `ci` runs them all in order.

mod cargo;
mod command;
mod failure;
mod features;
mod fuzz;
mod msrv;
mod quickstart;
mod real_part;
mod sizes;
mod source;
mod step;
mod summary;
mod test_files;
mod workspace;

use std::process::ExitCode;

use crate::command::Command;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match Command::parse(&words).and_then(Command::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            failure.exit_code()
        }
    }
}
