//! The command line `eve`: one manifest becomes a running environment on this machine.

mod app;
mod args;
mod commands;
mod failure;
mod file_loader;
mod interrupts;
mod place;
mod planning;
mod writing;

use std::process::ExitCode;

use clap::Parser as _;

/// Most of what a short command does is to allocate. Without huge pages: an idle supervisor is small.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    eve::supervisor_hook();
    match args::Args::try_parse() {
        Ok(args) if args.command.holds_services() => serve(args),
        Ok(args) => work(args),
        Err(error) => app::refuse(&error),
    }
}

/// What holds services and their ingress in this process may need every core.
#[tokio::main]
async fn serve(args: args::Args) -> ExitCode {
    app::App::new(args.options).run(args.command).await
}

/// What ends soon is done soonest on one thread. Whatever it holds a lease for may not wait for anybody on it.
#[tokio::main(flavor = "current_thread")]
async fn work(args: args::Args) -> ExitCode {
    app::App::new(args.options).run(args.command).await
}
