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

fn main() -> ExitCode {
    eve::supervisor_hook();
    match args::Args::try_parse() {
        Ok(args) => run(args),
        Err(error) => app::refuse(&error),
    }
}

#[tokio::main]
async fn run(args: args::Args) -> ExitCode {
    app::App::new(args.options).run(args.command).await
}
