//! The main job, end to end, on one machine and, unless asked for, with no daemon: a real project is deployed,
//! deployed again, switched under load, broken, rolled back, and brought through the death of its
//! engine.
//!
//! `cargo run --example quickstart` shows live progress; with `-- --json`, one JSON object a line
//! on stdout and the summary last. Exits 0 only if every scene went as it should.

mod engine;
mod ground;
mod handed_over;
mod killed;
mod load;
mod own_image;
mod project;
mod scenes;
mod service;
mod show;
mod summary;
mod task;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::ground::Ground;

#[derive(Parser)]
#[command(about = "Deploys a real project on this machine, six scenes")]
struct Args {
    /// Prints one JSON object a line, the summary last.
    #[arg(long)]
    json: bool,
    /// What services and jobs run on.
    #[arg(long, global = true, value_enum, default_value_t = Ground::Process)]
    runtime: Ground,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What the project's own services and jobs run, and the engine that is killed: this very program.
#[derive(Subcommand)]
#[command(hide = true)]
enum Role {
    /// A service.
    Serve { name: String },
    /// A job.
    Job { name: String },
    /// An engine in a process of its own: it deploys the project, or finishes what one before it began.
    Engine {
        dir: PathBuf,
        #[arg(long)]
        resume: bool,
    },
}

fn main() -> ExitCode {
    // What is deployed is held by this very program, started again.
    eve::supervisor_hook();
    run(Args::parse())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn run(args: Args) -> ExitCode {
    match args.role {
        Some(Role::Serve { name }) => service::serve(&name).await,
        Some(Role::Job { name }) => task::run(&name).await,
        Some(Role::Engine { dir, resume }) => engine::run(&dir, resume, args.runtime).await,
        None => scenes::play(args.json, args.runtime).await,
    }
}
