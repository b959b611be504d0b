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
        Ok(args) if args.command.holds_services() => serve(args),
        Ok(args) if args.command.changes() => change(args),
        Ok(args) => ask(args),
        Err(error) => app::refuse(&error),
    }
}

/// What holds services and their ingress in this process may need every core.
#[tokio::main]
async fn serve(args: args::Args) -> ExitCode {
    app::App::new(args.options).run(args.command).await
}

/// A lease is held meanwhile: it has to be renewed also while nobody reads what is written.
#[tokio::main(worker_threads = 1)]
async fn change(args: args::Args) -> ExitCode {
    app::App::new(args.options).run(args.command).await
}

/// What only asks is done soonest on one thread.
#[tokio::main(flavor = "current_thread")]
async fn ask(args: args::Args) -> ExitCode {
    app::App::new(args.options).run(args.command).await
}
