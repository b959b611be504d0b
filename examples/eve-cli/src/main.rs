//! The command line `eve`: one manifest becomes a running environment on this machine.

mod app;
mod args;
mod commands;
mod failure;
mod interrupts;
mod place;
mod planning;
mod writing;

use std::process::ExitCode;

use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    match args::Args::try_parse() {
        Ok(args) => app::App::new(args.options).run(args.command).await,
        Err(error) => app::refuse(&error),
    }
}
