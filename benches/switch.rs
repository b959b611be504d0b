//! Fifty switches under load: 200 requests a second in an open loop, every other one on a kept
//! connection, one in fifty lasting 2 s, no client ever trying again. Nothing may be lost.
//!
//! `cargo bench --bench switch` (`-- 10` for ten switches)

#[path = "../examples/quickstart/load.rs"]
mod load;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytes::Bytes;
use eve::desired::{BuildSpec, HealthCheck, Port, Probe, Process, PublicRoute, Service, Source};
use eve::{
    DeployRequest, Desired, Digest, Embedded, EmbeddedConfig, EnvName, Environment, EnvironmentId, HostName, Project,
    Result, ServiceName, SourceDir, VarName,
};
use http::Response;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use load::Load;

const RATE: u32 = 200;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if args.first().is_some_and(|arg| arg == "serve") {
        return serve().await;
    }
    let switches = args.first().and_then(|n| n.parse().ok()).unwrap_or(50);
    match run(switches).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{}: {}", error.code(), error.chain());
            ExitCode::FAILURE
        }
    }
}

/// Switches again and again under one load, and returns how many requests were lost.
async fn run(switches: u32) -> Result<u64> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(dir.path().join("app")).expect("a folder for the sources");
    let eve = Embedded::open(EmbeddedConfig::new(dir.path().join("state"))).await?;
    let host = format!("web.bench.lvh.me:{}", eve.ingress_port());
    let ingress = format!("127.0.0.1:{}", eve.ingress_port());
    deploy(&eve, dir.path(), 0).await?;
    let direct = paced(&ingress, &host).await;
    let load = Load::start(ingress, host, RATE);
    let mut times = Vec::new();
    for release in 1..=switches {
        let begun = Instant::now();
        deploy(&eve, dir.path(), release).await?;
        times.push(begun.elapsed());
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let tally = load.stop().await;
    times.sort_unstable();
    println!("switches       {switches}");
    println!("sent           {}", tally.sent);
    println!("served         {} by {} releases", tally.served, tally.releases.len());
    println!("lost           {} {:?}", tally.lost, tally.causes);
    println!(
        "longest gap    {} ms between two quick answers, {} ms without a switch",
        tally.longest_gap.as_millis(),
        direct.as_millis()
    );
    println!(
        "a switch took  {} ms (median; window 0, slow requests of 2 s are waited for)",
        times[times.len() / 2].as_millis()
    );
    let id = environment();
    let ended = eve.engine().delete(&id, "bench").await?.wait().await?;
    let left = eve.engine().leftovers(&id).await?.count();
    println!(
        "left over      {left} after {}",
        if ended.outcome.is_success() { "the teardown" } else { "a failed teardown" }
    );
    eve.shutdown().await;
    let unmoved = u64::from(u32::try_from(tally.releases.len()).unwrap_or(u32::MAX) < switches);
    Ok(tally.lost + left as u64 + unmoved)
}

/// The longest gap of the same load while nothing is switched: this machine's own noise.
async fn paced(ingress: &str, host: &str) -> Duration {
    let load = Load::start(ingress.to_owned(), host.to_owned(), RATE);
    tokio::time::sleep(Duration::from_secs(3)).await;
    load.stop().await.longest_gap
}

fn environment() -> EnvironmentId {
    EnvironmentId::parse("acme/bench/load").expect("a valid address")
}

async fn deploy(eve: &Embedded, root: &std::path::Path, release: u32) -> Result<()> {
    let id = environment();
    let me = std::env::current_exe().expect("this program has a path");
    let mut web = Service::new(Source::Build(BuildSpec::new("app")));
    web.process = Process::new([me.to_string_lossy().into_owned(), "serve".to_owned()])
        .with_variable(VarName::new("RELEASE")?, release.to_string().as_str());
    web.ports.push(Port::tcp(8080));
    web.health = Some(HealthCheck::new(Probe::Http { port: None, path: "/".to_owned() }));
    web.rollout.window = Some(Duration::ZERO);
    let name = ServiceName::new("web")?;
    let mut desired = Desired::empty(id.clone());
    desired.routes.push(PublicRoute::new(name.clone(), HostName::new("web.bench.lvh.me")?, 8080));
    desired.services.insert(name, web);
    let mut project = Project::new(id.org.clone(), id.project.clone(), Digest::of(release.to_string()));
    project.environments.insert(id.env.clone(), Environment::new(desired));
    let request = DeployRequest::new(project, EnvName::new("load")?).with_source(SourceDir::new(root));
    eve.engine().deploy(request).await?.wait().await?.into_result().map(drop)
}

/// The service: answers with its release, after 2 s where that is asked for.
async fn serve() -> ExitCode {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse::<u16>().ok()).unwrap_or(0);
    let release = std::env::var("RELEASE").unwrap_or_default();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let release = release.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let release = release.clone();
                async move {
                    if request.uri().path() == "/slow" {
                        tokio::time::sleep(Duration::from_secs(2)).await;
                    }
                    Response::builder().header("x-release", release).body(Full::new(Bytes::from("ok")))
                }
            });
            // A client that goes away ends its connection, and nothing else.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}
