//! Eve beside Docker Compose on a real Docker Engine, both in one run: a chain of healthy services, a
//! deploy that changes nothing, and services that come up cold; the ingress beside no ingress; and a large file, read.
//!
//! `cargo bench --bench docker -- [chain|noop|up|proxy|config|all] [--pairs N] [--smoke]`
//!
//! The engine is that of `DOCKER_HOST`, or the system's own. Where there is none, or no Go to build
//! Compose with, that side is left out; an engine that was named has to answer. A smoke tries everything
//! once with what is built already. A figure is no assertion: only what breaks is a failure.

mod args;
mod chain;
mod compose;
#[path = "../../crates/eve-manifest/benches/language/compose_file.rs"]
mod compose_file;
mod config;
mod engine;
mod eve_program;
mod ground;
mod image;
mod load;
mod noop;
mod proxy;
mod raw_up;
mod recorder;
mod role;
mod saturation;
#[path = "../side_by_side/mod.rs"]
mod side_by_side;
mod up;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

use args::{Args, Which};
use ground::Ground;
use side_by_side::Failure;

/// How long an engine may need to finish what was cut off.
const SETTLING: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = runtime.expect("a runtime starts").block_on(async {
        match role::Role::asked_for() {
            Some(role) => role.play().await,
            None => run(&Args::parse()).await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("docker: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<(), Failure> {
    if !matches!(args.which, Which::Proxy | Which::Config) {
        match Ground::open(args.smoke).await? {
            Some(ground) => {
                let done = tokio::select! {
                    done = containers(args, &ground) => done,
                    _ = tokio::signal::ctrl_c() => {
                        // The engine finishes what it was asked for, also where nobody waits any more.
                        tokio::time::sleep(SETTLING).await;
                        Err("interrupted".into())
                    }
                };
                ground.clean().await?;
                done?;
            }
            None => println!("no Docker Engine answers: what needs one is left out (see DOCKER_HOST)"),
        }
    }
    if matches!(args.which, Which::Proxy | Which::All) {
        proxy::measure(args).await?;
    }
    if matches!(args.which, Which::Config | Which::All) {
        config::measure(args).await?;
    }
    Ok(())
}

async fn containers(args: &Args, ground: &Ground) -> Result<(), Failure> {
    let all = args.which == Which::All;
    let sizes: &[usize] = if args.smoke { &[10] } else { &[10, 50] };
    // Compose alone takes two minutes for it.
    if args.which == Which::Chain || all && !args.smoke {
        chain::measure(args, ground).await?;
    }
    for services in sizes {
        if args.which == Which::Noop || all {
            noop::measure(args, ground, *services).await?;
        }
        if args.which == Which::Up || all {
            up::measure(args, ground, *services).await?;
        }
    }
    Ok(())
}
