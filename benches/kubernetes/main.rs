//! Eve beside helm and kubectl on a real cluster, all in one run: twenty services from nothing to known to be ready, a
//! deploy that changes nothing, and what a cluster is asked while nothing happens.
//!
//! `cargo bench --bench kubernetes -- [up|noop|idle|all] [--pairs N] [--smoke]`
//!
//! The cluster is that of `KUBECONFIG`, with an image `eve-test/busybox:1`, as `tests/cluster/cluster up` starts it.
//! Where there is no Go to build helm with, or no kubectl, that side is left out. A smoke tries everything once with
//! what is built already. A figure is no assertion: only what breaks is a failure.

mod args;
mod calls;
mod eve_program;
mod ground;
mod helm;
mod idle;
mod kubectl;
mod noop;
mod observer;
mod recorder;
#[path = "../side_by_side/mod.rs"]
mod side_by_side;
mod up;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Which};
use ground::Ground;
use side_by_side::Failure;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = runtime.expect("a runtime starts").block_on(run(&Args::parse()));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("kubernetes: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<(), Failure> {
    let Some(ground) = Ground::open(args.smoke).await? else {
        println!("no cluster is named: nothing is measured (see KUBECONFIG)");
        return Ok(());
    };
    let done = tokio::select! {
        done = measure(args, &ground) => done,
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
    };
    ground.clean().await?;
    done
}

async fn measure(args: &Args, ground: &Ground) -> Result<(), Failure> {
    let all = args.which == Which::All;
    if args.which == Which::Up || all {
        up::measure(args, ground).await?;
    }
    if args.which == Which::Noop || all {
        noop::measure(args, ground).await?;
    }
    if args.which == Which::Idle || all {
        idle::measure(args, ground).await?;
    }
    Ok(())
}
