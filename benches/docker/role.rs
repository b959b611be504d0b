//! The processes behind the measurement of the ingress: a service, and an ingress in front of it.

use std::convert::Infallible;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eve::proxy::{Proxy, ProxyConfig};
use eve::{
    Address, Deadline, Env, EnvironmentId, Fence, HostName, Incarnation, InstanceRef, ObjectId, ObjectName, OpCx, OpId,
    RouteId, RouteSpec, RouteTarget, Routes as _, ServiceName, SystemEnv,
};
use http::Response;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::Failure;

/// The host that the ingress leads on.
pub(crate) const HOST: &str = "web.bench.test";

const SERVE: &str = "serve";
const LEAD: &str = "lead";

/// What this program is to be, in place of a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A service.
    Service,
    /// An ingress that leads to the service on that port.
    Ingress(u16),
}

/// A process that listens, and ends with this value.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) port: u16,
    _child: Child,
}

impl Role {
    /// What this process was started as; none for a benchmark.
    pub(crate) fn asked_for() -> Option<Self> {
        let words: Vec<String> = std::env::args().skip(1).collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [SERVE] => Some(Self::Service),
            [LEAD, port] => Some(Self::Ingress(port.parse().ok()?)),
            _ => None,
        }
    }

    /// Is it, until somebody ends the process. Its port is the first line of standard output.
    pub(crate) async fn play(self) -> Result<(), Failure> {
        match self {
            Self::Service => serve().await,
            Self::Ingress(port) => {
                let proxy = lead(port).await?;
                println!("{}", proxy.public_port());
                std::future::pending().await
            }
        }
    }

    /// Starts a process that is it.
    pub(crate) async fn start(self) -> Result<Served, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        match self {
            Self::Service => command.arg(SERVE),
            Self::Ingress(port) => command.arg(LEAD).arg(port.to_string()),
        };
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let output = child.stdout.take().ok_or("its output is piped")?;
        let line = BufReader::new(output).lines().next_line().await?.ok_or("a served process ended at once")?;
        Ok(Served { port: line.parse()?, _child: child })
    }
}

async fn serve() -> Result<(), Failure> {
    let socket = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", socket.local_addr()?.port());
    loop {
        let (stream, _) = socket.accept().await?;
        stream.set_nodelay(true)?;
        let service = service_fn(|_| async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("hello")))) });
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn lead(port: u16) -> Result<Proxy, Failure> {
    let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
    let proxy = Proxy::start(ProxyConfig::default(), Arc::clone(&env), Arc::default()).await?;
    let deadline = Deadline::after(&*env, Duration::from_mins(1));
    let cx = OpCx::new(env, EnvironmentId::parse("acme/shop/bench")?, OpId::new("bench"), Fence::new(1), deadline);
    let id = RouteId::Public { host: HostName::new(HOST)?, path: "/".to_owned() };
    let instance = InstanceRef::new(ObjectId::new("process", ObjectName::new("web")?), Incarnation::new("1"));
    proxy.prepare(&RouteSpec::new(id.clone(), ServiceName::new("web")?, 80), &cx).await?;
    proxy.switch(&id, &[RouteTarget { instance, address: Address::new("127.0.0.1", port) }], &cx).await?;
    Ok(proxy)
}
