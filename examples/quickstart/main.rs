//! The main job, end to end, on one machine and with no daemon: a real project is deployed,
//! deployed again, switched under load, broken, and rolled back.
//!
//! `cargo run --example quickstart` shows live progress; with `-- --json`, one JSON object a line
//! on stdout and the summary last. Exits 0 only if every scene went as it should.

mod load;
mod project;
mod scenes;
mod service;
mod show;
mod summary;
mod task;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Deploys a real project on this machine, five scenes")]
struct Args {
    /// Prints one JSON object a line, the summary last.
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What the project's own services and jobs run: this very program.
#[derive(Subcommand)]
#[command(hide = true)]
enum Role {
    /// A service.
    Serve { name: String },
    /// A job.
    Job { name: String },
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let args = Args::parse();
    match args.role {
        Some(Role::Serve { name }) => service::serve(&name).await,
        Some(Role::Job { name }) => task::run(&name).await,
        None => scenes::play(args.json).await,
    }
}
