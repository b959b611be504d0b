//! Many deploys under load, in which nothing may be lost that can be kept: two open loops side by side, one on kept
//! connections and one with a new connection for every request; some requests take their time, some stream for 2 s,
//! and no client ever tries again.
//!
//! - `cargo bench --bench switch`: 50 switches of processes; `-- 10` for ten, `-- 10 --runtime docker` for containers;
//! - `-- 20 --runtime k8s --through proxy,service --way switched,rolling --ending polite,rude`: every way on a cluster.

mod bounds;
mod cell;
#[path = "../../examples/quickstart/ground.rs"]
mod ground;
#[path = "../../examples/quickstart/handed_over.rs"]
mod handed_over;
mod load;
mod outcome;
#[path = "../../examples/quickstart/own_image.rs"]
mod own_image;
mod service;
mod site;
mod sockets;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use eve::Result;

use cell::{Cell, Ending, Through, Way};
use ground::Ground;
use load::{Load, Mix, Target};
use outcome::Outcome;
use site::Site;
use sockets::Sockets;

/// Upgraded connections at a time.
const SOCKETS: usize = 20;
/// What one machine is asked: also for what lasts as long as a drain may.
const MACHINE: Mix = Mix { per_second: 100, slow: &[(service::SLOW, 2), (service::STREAM, 2)] };
/// What a cluster is asked.
const CLUSTER: Mix = Mix { per_second: 300, slow: &[(service::PAUSE, 10), (service::STREAM, 1)] };

#[derive(Parser)]
struct Args {
    /// How many deploys in each cell.
    #[arg(default_value_t = 50)]
    deploys: u32,
    /// What the service runs on.
    #[arg(long, value_enum, default_value_t = Ground::Process)]
    runtime: Ground,
    /// What the load goes through.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "proxy")]
    through: Vec<Through>,
    /// How a release takes over.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "switched")]
    way: Vec<Way>,
    /// What the service does when it is asked to end.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "rude")]
    ending: Vec<Ending>,
    /// How many of the service run side by side. By default one, and two where they are replaced one after the other.
    #[arg(long)]
    replicas: Option<u32>,
    /// How many requests a second in each of the two loops. By default 300 on a cluster, and 100 elsewhere.
    #[arg(long)]
    rate: Option<u32>,
    /// The project of the environments: another one for whoever shares a cluster.
    #[arg(long, default_value = "bench")]
    project: String,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    eve::supervisor_hook();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        if std::env::args().nth(1).is_some_and(|arg| arg == "serve") {
            return service::serve().await;
        }
        match run(&Args::parse()).await {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("{}: {}", error.code(), error.chain());
                ExitCode::FAILURE
            }
        }
    })
}

/// Runs cell after cell, and answers whether every one held its bounds.
async fn run(args: &Args) -> Result<bool> {
    let mut outcomes = Vec::new();
    for cell in cells(args) {
        let outcome = Box::pin(measure(cell, args)).await?;
        outcome.tell();
        outcomes.push(outcome);
    }
    println!("{}", Outcome::HEAD);
    for outcome in &outcomes {
        println!("{}", outcome.row());
    }
    Ok(outcomes.iter().all(|outcome| outcome.broken().is_empty()))
}

fn cells(args: &Args) -> Vec<Cell> {
    let mut cells = Vec::new();
    for &through in &args.through {
        for &way in &args.way {
            for &ending in &args.ending {
                let replicas = args.replicas.unwrap_or(way.replicas());
                cells.push(Cell { ground: args.runtime, through, way, ending, replicas });
            }
        }
    }
    cells
}

/// Deploys again and again under one load.
async fn measure(cell: Cell, args: &Args) -> Result<Outcome> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let site = Site::open(dir.path(), cell, &args.project).await?;
    let (mut mix, has_sockets) = match cell.ground {
        Ground::K8s => (CLUSTER, false),
        Ground::Process | Ground::Docker => (MACHINE, true),
    };
    mix.per_second = args.rate.unwrap_or(mix.per_second).max(1);
    let measured = Box::pin(under_load(&site, cell, args.deploys, (mix, has_sockets))).await;
    let left = site.tear_down().await;
    let mut outcome = measured?;
    outcome.left = left?;
    Ok(outcome)
}

async fn under_load(site: &Site, cell: Cell, deploys: u32, (mix, has_sockets): (Mix, bool)) -> Result<Outcome> {
    site.deploy(0).await?;
    let target = site.target().await?;
    let noise = paced(&target, mix).await;
    let load = Load::start(&target, mix);
    let sockets = has_sockets.then(|| Sockets::open(&target.address, &target.host, SOCKETS));
    let mut times = Vec::new();
    for release in 1..=deploys {
        let begun = Instant::now();
        site.deploy(release).await?;
        load.succeeded(release);
        times.push(begun.elapsed());
    }
    // Whoever still answers for an old release does so now.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let sockets = match sockets {
        Some(sockets) => Some(sockets.close().await),
        None => None,
    };
    let seen = load.stop().await;
    times.sort_unstable();
    Ok(Outcome { cell, times, seen, noise, sockets, left: 0 })
}

/// The longest gap of the same load while nothing is deployed.
async fn paced(target: &Target, mix: Mix) -> Duration {
    let load = Load::start(target, mix);
    tokio::time::sleep(Duration::from_secs(3)).await;
    load.stop().await.longest_gap()
}
