//! What a request through the proxy costs, beside the same request without it, in one run.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use eve_core::{
    Address, Deadline, Env, EnvironmentId, Fence, HostName, Incarnation, InstanceRef, ObjectId, ObjectName, OpCx, OpId,
    RouteId, RouteSpec, RouteTarget, Routes as _, ServiceName, SystemEnv,
};
use eve_proxy::{Proxy, ProxyConfig};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const HOST: &str = "web.bench.test";
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(3);

async fn serve() -> Result<u16, Failure> {
    let socket = TcpListener::bind("127.0.0.1:0").await?;
    let port = socket.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let service = service_fn(|_| async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("hello")))) });
            let _ = stream.set_nodelay(true);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Ok(port)
}

async fn lead(port: u16) -> Result<Proxy, Failure> {
    let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
    let proxy = Proxy::start(ProxyConfig::default(), Arc::clone(&env), Arc::default()).await?;
    let deadline = Deadline::after(&*env, Duration::from_secs(60));
    let cx = OpCx::new(env, EnvironmentId::parse("acme/shop/bench")?, OpId::new("bench"), Fence::new(1), deadline);
    let id = RouteId::Public { host: HostName::new(HOST)?, path: "/".to_owned() };
    let instance = InstanceRef::new(ObjectId::new("process", ObjectName::new("web")?), Incarnation::new("1"));
    proxy.prepare(&RouteSpec::new(id.clone(), ServiceName::new("web")?, 80), &cx).await?;
    proxy.switch(&id, &[RouteTarget { instance, address: Address::new("127.0.0.1", port) }], &cx).await?;
    Ok(proxy)
}

/// Asks one after the other on one connection; returns each request's time.
async fn ask(port: u16, until: Instant) -> Result<Vec<Duration>, Failure> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut times = Vec::new();
    while Instant::now() < until {
        let begin = Instant::now();
        sender.ready().await?;
        let request = Request::get("/").header("host", HOST).body(Empty::<Bytes>::new())?;
        let response = sender.send_request(request).await?;
        if !response.status().is_success() {
            return Err(format!("status {}", response.status()).into());
        }
        response.into_body().collect().await?;
        times.push(begin.elapsed());
    }
    Ok(times)
}

struct Measured {
    rate: f64,
    median: Duration,
    p99: Duration,
}

async fn measure(port: u16, connections: usize, how_long: Duration) -> Result<Measured, Failure> {
    let begin = Instant::now();
    let asking: Vec<_> = (0..connections).map(|_| tokio::spawn(ask(port, begin + how_long))).collect();
    let mut times = Vec::new();
    for task in asking {
        times.extend(task.await??);
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate is told with three digits")]
    let rate = times.len() as f64 / begin.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    Ok(Measured { rate, median: at(50), p99: at(99) })
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let direct = serve().await?;
    let proxy = lead(direct).await?;
    for connections in [1, 32] {
        let mut rates = Vec::new();
        for (name, port) in [("direct", direct), ("proxy", proxy.public_port())] {
            measure(port, connections, WARM_UP).await?;
            let Measured { rate, median, p99 } = measure(port, connections, MEASURED).await?;
            println!("{name:>6} {connections:>3} connections: {rate:>8.0} requests/s, p50 {median:?}, p99 {p99:?}");
            rates.push(rate);
        }
        println!(" ratio {connections:>3} connections: {:.2} of direct", rates[1] / rates[0]);
    }
    Ok(())
}
