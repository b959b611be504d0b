//! What a switch costs, with its state on the disk and without, and what of that is the disk's.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eve_core::{
    Address, Deadline, Env, EnvironmentId, Fence, HostName, Incarnation, InstanceRef, ObjectId, ObjectName, OpCx, OpId,
    RouteId, RouteSpec, RouteTarget, Routes as _, ServiceName, SystemEnv,
};
use eve_proxy::{Proxy, ProxyConfig};
use futures_util::future::try_join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const SWITCHES: usize = 300;
/// Routes that are there besides, so that the file has a size of some installation.
const OTHERS: usize = 50;

/// Answers everything, one request a connection.
async fn serve() -> Result<u16, Failure> {
    let socket = TcpListener::bind("127.0.0.1:0").await?;
    let port = socket.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = socket.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 1024];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
            });
        }
    });
    Ok(port)
}

fn route(n: usize) -> Result<RouteSpec, Failure> {
    let id = RouteId::Public { host: HostName::new(format!("s{n}.bench.test"))?, path: "/".to_owned() };
    Ok(RouteSpec::new(id, ServiceName::new("web")?, 80))
}

/// Switches a route there and back; returns each switch's time.
async fn switch(proxy: &Proxy, cx: &OpCx, n: usize, port: u16) -> Result<Vec<Duration>, Failure> {
    let id = route(n)?.id;
    let mut times = Vec::new();
    for turn in 0..SWITCHES {
        let incarnation = Incarnation::new((turn % 2).to_string());
        let object = ObjectId::new("process", ObjectName::new(format!("s{n}"))?);
        let to =
            RouteTarget { instance: InstanceRef::new(object, incarnation), address: Address::new("127.0.0.1", port) };
        let begin = Instant::now();
        proxy.switch(&id, &[to], cx).await?;
        times.push(begin.elapsed());
    }
    Ok(times)
}

async fn measure(name: &str, state: Option<&Path>, port: u16) -> Result<(), Failure> {
    let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
    let mut config = ProxyConfig::default();
    config.state = state.map(Path::to_owned);
    let proxy = Proxy::start(config, Arc::clone(&env), Arc::default()).await?;
    let deadline = Deadline::after(&*env, Duration::from_secs(600));
    let cx = OpCx::new(env, EnvironmentId::parse("acme/shop/bench")?, OpId::new("bench"), Fence::new(1), deadline);
    for n in 0..OTHERS {
        proxy.prepare(&route(n)?, &cx).await?;
    }
    for at_once in [1, 16] {
        let begin = Instant::now();
        let mut times = try_join_all((0..at_once).map(|n| switch(&proxy, &cx, n, port))).await?.concat();
        #[expect(clippy::cast_precision_loss, reason = "a rate is told with three digits")]
        let rate = times.len() as f64 / begin.elapsed().as_secs_f64();
        println!("{name:>9} {at_once:>3} at once: {rate:>6.0} switches/s, {}", told(&mut times));
    }
    proxy.shutdown(deadline).await;
    Ok(())
}

/// A file of the same size written, synchronised or not, and renamed: the floor of storing.
fn floor(folder: &Path, bytes: usize, synchronised: bool) -> Result<Vec<Duration>, Failure> {
    let (scratch, path, content) = (folder.join("floor.new"), folder.join("floor"), vec![b'x'; bytes]);
    let write = |_| {
        let begin = Instant::now();
        let mut file = File::create(&scratch)?;
        file.write_all(&content)?;
        if synchronised {
            file.sync_data()?;
        }
        std::fs::rename(&scratch, &path)?;
        Ok(begin.elapsed())
    };
    (0..SWITCHES).map(write).collect()
}

fn told(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    format!("p50 {:?}, p99 {:?}", at(50), at(99))
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let port = serve().await?;
    let folder = tempfile::tempdir()?;
    measure("in memory", None, port).await?;
    measure("on disk", Some(folder.path()), port).await?;
    let stored = std::fs::metadata(folder.path().join("routes.json"))?.len();
    println!(" the file has {stored} bytes");
    for (name, synchronised) in [("with", true), ("without", false)] {
        let mut times = floor(folder.path(), usize::try_from(stored)?, synchronised)?;
        println!(" a file of that size, {name} synchronising: {}", told(&mut times));
    }
    Ok(())
}
