//! A small HTTP instance for routes, and a request to one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use eve_core::{Address, Error, Incarnation, InstanceRef, ObjectId, ObjectName, Result, RouteTarget, codes};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// How long a request may take.
const REQUEST: Duration = Duration::from_secs(20);

/// A live HTTP/1.1 instance on a loopback port: it answers every request with its own name, one
/// request a connection. `/slow` is answered only after [`HttpInstance::let_go`]. It ends when it
/// is dropped.
#[derive(Debug)]
pub struct HttpInstance {
    target: RouteTarget,
    asked: Arc<AtomicU64>,
    go: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl HttpInstance {
    /// Starts one of this name.
    ///
    /// # Errors
    /// `backend.io` if no loopback port can be had; `name.invalid` for a name that no object has.
    pub async fn start(name: &str) -> Result<Self> {
        let (listener, port) = listen().await?;
        let target = target(name, port)?;
        let asked = Arc::new(AtomicU64::new(0));
        let (go, gate) = watch::channel(false);
        let task = tokio::spawn(serve(listener, name.to_owned(), asked.clone(), gate));
        Ok(Self { target, asked, go, task })
    }

    /// The instance as a route's target.
    pub fn target(&self) -> &RouteTarget {
        &self.target
    }

    /// How many requests for `/slow` came in.
    pub fn slow_requests(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// Answers the slow requests.
    pub fn let_go(&self) {
        self.go.send_replace(true);
    }
}

impl Drop for HttpInstance {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An instance of this name at a loopback port.
pub(crate) fn target(name: &str, port: u16) -> Result<RouteTarget> {
    let object = ObjectId::new("instance", ObjectName::new(name)?);
    Ok(RouteTarget {
        instance: InstanceRef::new(object, Incarnation::new(format!("{name}-{port}"))),
        address: Address::new("127.0.0.1", port),
    })
}

async fn listen() -> Result<(TcpListener, u16)> {
    let refused = |e| Error::unavailable(codes::BACKEND_IO, "no loopback port can be had").with_source(e);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(refused)?;
    let port = listener.local_addr().map_err(refused)?.port();
    Ok((listener, port))
}

async fn serve(listener: TcpListener, name: String, asked: Arc<AtomicU64>, gate: watch::Receiver<bool>) {
    // Connections live in this task's set: they end with it.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(Duration::from_millis(20)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        connections.spawn(answer(stream, name.clone(), asked.clone(), gate.clone()));
    }
}

async fn answer(mut stream: TcpStream, name: String, asked: Arc<AtomicU64>, mut gate: watch::Receiver<bool>) {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 && head.len() < 65_536 => head.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    if head.starts_with(b"GET /slow") {
        asked.fetch_add(1, Ordering::SeqCst);
        if gate.wait_for(|go| *go).await.is_err() {
            return;
        }
    }
    let length = name.len();
    let text = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{name}"
    );
    // A caller that went away is its own affair.
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// The status and body that `GET path` at an address gives, on a connection of its own.
///
/// # Errors
/// `backend.unavailable` if there is no whole answer within 20 s.
pub(crate) async fn get(at: &Address, host: &str, path: &str) -> Result<(u16, String)> {
    let broken = |text: &str| Error::unavailable(codes::BACKEND_UNAVAILABLE, format!("{at}{path}: {text}"));
    let exchange = async {
        let mut stream = TcpStream::connect((at.host.as_str(), at.port)).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = timeout(REQUEST, exchange).await.map_err(|_| broken("no answer within 20 s"))?;
    let answer = answer.map_err(|e| broken("no answer").with_source(e))?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| broken("the answer was cut"))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.ok_or_else(|| broken("the answer has no status"))?, body.to_owned()))
}
