//! Many switches under load: 200 requests a second in an open loop, every other one on a kept
//! connection, one in fifty lasting 5 s and one in fifty streaming for 2 s, no client ever trying
//! again, and 20 upgraded connections beside them. No request may be lost.
//!
//! `cargo bench --bench switch` (`-- 10` for ten switches, `-- 10 --runtime docker` for containers)

#[path = "../../examples/quickstart/ground.rs"]
mod ground;
#[path = "../../examples/quickstart/handed_over.rs"]
mod handed_over;
#[path = "../../examples/quickstart/load.rs"]
mod load;
#[path = "../../examples/quickstart/own_image.rs"]
mod own_image;
mod service;
mod site;
mod sockets;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use eve::Result;

use ground::Ground;
use load::Load;
use site::Site;
use sockets::Sockets;

const RATE: u32 = 200;
/// Upgraded connections at a time.
const SOCKETS: usize = 20;
/// What is asked for besides quick answers.
const SLOW: &[&str] = &[service::SLOW, service::STREAM];

#[derive(Parser)]
struct Args {
    /// How many switches.
    #[arg(default_value_t = 50)]
    switches: u32,
    /// What the service runs on.
    #[arg(long, value_enum, default_value_t = Ground::Process)]
    runtime: Ground,
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
        let args = Args::parse();
        match run(args.switches, args.runtime).await {
            Ok(0) => ExitCode::SUCCESS,
            Ok(_) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("{}: {}", error.code(), error.chain());
                ExitCode::FAILURE
            }
        }
    })
}

/// Switches again and again under one load, and returns how much went wrong.
async fn run(switches: u32, ground: Ground) -> Result<u64> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let site = Site::open(dir.path(), ground).await?;
    site.deploy(0).await?;
    let direct = paced(&site).await;
    let load = Load::start(site.ingress(), site.host(), RATE, SLOW);
    let sockets = Sockets::open(&site.ingress(), &site.host(), SOCKETS);
    let mut times = Vec::new();
    for release in 1..=switches {
        let begun = Instant::now();
        site.deploy(release).await?;
        times.push(begun.elapsed());
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let seen = sockets.close().await;
    let tally = load.stop().await;
    times.sort_unstable();
    println!("runtime        {}", ground.name());
    println!("switches       {switches}");
    println!("sent           {}", tally.sent);
    println!("served         {} by {} releases", tally.served, tally.releases.len());
    println!("lost           {} {:?}", tally.lost, tally.causes);
    println!(
        "longest gap    {} ms between two quick answers, {} ms without a switch",
        tally.longest_gap.as_millis(),
        direct.as_millis()
    );
    let median = times.get(times.len() / 2).map_or(0, Duration::as_millis);
    println!("a switch took  {median} ms (median; window 0, what is under way may take 10 s to its end)");
    println!("sockets        {} opened, {} echoes, {} cut by a drain's end", seen.opened, seen.echoes, seen.cut);
    let left = site.tear_down().await?;
    println!("left over      {left}");
    let unmoved = u64::from(u32::try_from(tally.releases.len()).unwrap_or(u32::MAX) < switches);
    Ok(tally.lost + left + unmoved)
}

/// The longest gap of the same load while nothing is switched: this machine's own noise.
async fn paced(site: &Site) -> Duration {
    let load = Load::start(site.ingress(), site.host(), RATE, SLOW);
    tokio::time::sleep(Duration::from_secs(3)).await;
    load.stop().await.longest_gap
}
