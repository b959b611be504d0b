//! An open-loop load: requests begin when the clock says so, whatever became of the others.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

type Sender = SendRequest<Empty<Bytes>>;
type BoxError = Box<dyn Error + Send + Sync>;

/// How long a client waits for one answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a connection may be idle until it is used again: who comes after that may meet the ingress as it closes the
/// connection, which is a race of every client that keeps them and nobody's loss.
const IDLE: Duration = Duration::from_secs(5);

/// One request. It was tried once.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which of the load's hosts was asked.
    pub host: usize,
    /// When it began.
    pub began: Instant,
    /// When it was over.
    pub ended: Instant,
    /// Why it was lost, if it was: everything but a 200 with a body is a loss.
    pub lost: Option<String>,
}

/// A load that goes on until it is stopped.
#[derive(Debug)]
pub struct Load {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Load {
    /// Sends `per_second` requests through the ingress at `address`, to one host after the other:
    /// every other one on a kept connection. Needs a tokio runtime around it.
    pub fn start(address: String, hosts: Vec<String>, per_second: u32) -> Self {
        let requests = Arc::default();
        let (stop, stopped) = watch::channel(false);
        let ingress = Arc::new(Ingress { address, hosts, kept: Mutex::default() });
        let task = tokio::spawn(run(ingress, per_second, Arc::clone(&requests), stopped));
        Self { stop, task, requests }
    }

    /// Begins no more requests, waits for all that were begun, and tells what became of them.
    ///
    /// # Panics
    /// If the load itself did.
    pub async fn stop(self) -> Vec<Request> {
        self.stop.send_replace(true);
        self.task.await.expect("a request's task does not panic");
        std::mem::take(&mut lock(&self.requests))
    }
}

async fn run(
    ingress: Arc<Ingress>,
    per_second: u32,
    requests: Arc<Mutex<Vec<Request>>>,
    stopped: watch::Receiver<bool>,
) {
    let mut stopped = stopped;
    let mut clock = tokio::time::interval(Duration::from_secs(1) / per_second);
    let mut open = JoinSet::new();
    for number in 0_usize.. {
        tokio::select! {
            _ = stopped.changed() => break,
            _ = clock.tick() => {}
        }
        while let Some(done) = open.try_join_next() {
            done.expect("a request's task does not panic");
        }
        let (ingress, requests) = (Arc::clone(&ingress), Arc::clone(&requests));
        open.spawn(async move {
            let request = ingress.request(number).await;
            lock(&requests).push(request);
        });
    }
    while let Some(done) = open.join_next().await {
        done.expect("a request's task does not panic");
    }
}

#[derive(Debug)]
struct Ingress {
    address: String,
    hosts: Vec<String>,
    /// The connections that earlier requests left open, and since when.
    kept: Mutex<Vec<(Sender, Instant)>>,
}

impl Ingress {
    async fn request(&self, number: usize) -> Request {
        let host = number / 2 % self.hosts.len();
        let name = &self.hosts[host];
        let began = Instant::now();
        let asking =
            async { if number.is_multiple_of(2) { self.ask_on_kept(name).await } else { self.ask_anew(name).await } };
        let answer = tokio::time::timeout(PATIENCE, asking).await;
        let lost = match answer {
            Ok(Ok((StatusCode::OK, body))) if !body.is_empty() => None,
            Ok(Ok((status, body))) => Some(format!("{status} {body}")),
            Ok(Err(error)) => Some(chain(&*error)),
            Err(_) => Some("no answer in time".to_owned()),
        };
        Request { host, began, ended: Instant::now(), lost }
    }

    async fn ask_anew(&self, host: &str) -> Result<(StatusCode, String), BoxError> {
        ask(&mut self.connect().await?, host).await
    }

    /// Asks on a connection that an earlier request left open, or on a new one where all are busy.
    async fn ask_on_kept(&self, host: &str) -> Result<(StatusCode, String), BoxError> {
        let idle = lock(&self.kept).pop();
        let mut sender = match idle {
            Some((sender, since)) if sender.is_ready() && since.elapsed() < IDLE => sender,
            _ => self.connect().await?,
        };
        let answer = ask(&mut sender, host).await?;
        if sender.ready().await.is_ok() {
            lock(&self.kept).push((sender, Instant::now()));
        }
        Ok(answer)
    }

    async fn connect(&self) -> Result<Sender, BoxError> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

async fn ask(sender: &mut Sender, host: &str) -> Result<(StatusCode, String), BoxError> {
    let request = http::Request::get("/").header("host", host).body(Empty::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
