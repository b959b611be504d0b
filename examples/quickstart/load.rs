//! An open-loop load: requests begin when the clock says so, whatever became of the others.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
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

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Which release gave it, by its own word.
    pub(crate) release: String,
    pub(crate) body: String,
}

/// Asks once, on a connection of its own. Never tries again.
pub(crate) async fn get(address: &str, host: &str, path: &str) -> Result<Answer, BoxError> {
    let mut sender = connect(address).await?;
    ask(&mut sender, host, path).await
}

async fn connect(address: &str) -> Result<Sender, BoxError> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn ask(sender: &mut Sender, host: &str, path: &str) -> Result<Answer, BoxError> {
    let request = Request::get(path).header("host", host).body(Empty::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let release = response.headers().get("x-release").and_then(|v| v.to_str().ok()).unwrap_or("none").to_owned();
    let body = String::from_utf8_lossy(&response.into_body().collect().await?.to_bytes()).into_owned();
    Ok(Answer { status, release, body })
}

/// What a load saw.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Requests that were begun.
    pub(crate) sent: u64,
    /// Requests that were answered 2xx by a release.
    pub(crate) served: u64,
    /// Everything else.
    pub(crate) lost: u64,
    /// How many answers each release gave.
    pub(crate) releases: BTreeMap<String, u64>,
    /// The first few losses, for people.
    pub(crate) causes: Vec<String>,
    /// The longest time between two answers to requests that ask for a quick one.
    pub(crate) longest_gap: Duration,
    last: Option<Instant>,
}

impl Tally {
    fn note(&mut self, answer: Result<Answer, String>, is_quick: bool) {
        let now = Instant::now();
        match answer {
            Ok(answer) if answer.status.is_success() && answer.release != "none" => {
                self.served += 1;
                *self.releases.entry(answer.release).or_default() += 1;
                if is_quick {
                    let gap = self.last.map_or(Duration::ZERO, |last| now.duration_since(last));
                    self.longest_gap = self.longest_gap.max(gap);
                    self.last = Some(now);
                }
            }
            Ok(answer) => self.lose(format!("{} {}", answer.status, answer.body)),
            Err(cause) => self.lose(cause),
        }
    }

    fn lose(&mut self, cause: String) {
        self.lost += 1;
        if self.causes.len() < 5 {
            self.causes.push(cause);
        }
    }
}

/// A load that goes on until it is stopped.
#[derive(Debug)]
pub(crate) struct Load {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    tally: Arc<Mutex<Tally>>,
}

impl Load {
    /// Sends `per_second` requests to a host through the ingress at `address`: every other one on
    /// a kept connection, and one in fifty for each of the paths that are `slow`, in turn with one
    /// another.
    pub(crate) fn start(address: String, host: String, per_second: u32, slow: &'static [&'static str]) -> Self {
        let tally = Arc::new(Mutex::new(Tally::default()));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(address, host, per_second, slow, Arc::clone(&tally), stopped));
        Self { stop, task, tally }
    }

    /// Begins no more requests, waits for all that were begun, and tells what was seen.
    pub(crate) async fn stop(self) -> Tally {
        self.stop.send_replace(true);
        // A load that panicked would be seen in its numbers: what it began and did not note.
        let _ = self.task.await;
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tally = tally.clone();
        tally.lost += tally.sent - tally.served - tally.lost;
        tally
    }
}

async fn run(
    address: String,
    host: String,
    per_second: u32,
    slow: &'static [&'static str],
    tally: Arc<Mutex<Tally>>,
    mut stopped: watch::Receiver<bool>,
) {
    let kept: Arc<Mutex<Vec<Sender>>> = Arc::default();
    let mut clock = tokio::time::interval(Duration::from_secs(1) / per_second);
    let mut open = JoinSet::new();
    for i in 0_u64.. {
        tokio::select! {
            _ = stopped.changed() => break,
            _ = clock.tick() => {}
        }
        while open.try_join_next().is_some() {}
        tally.lock().unwrap_or_else(PoisonError::into_inner).sent += 1;
        let (address, host, tally, kept) = (address.clone(), host.clone(), Arc::clone(&tally), Arc::clone(&kept));
        open.spawn(async move {
            let turn = usize::try_from(i % 50).ok().and_then(|place| slow.get(place));
            let (is_quick, path) = turn.map_or((true, "/"), |path| (false, *path));
            let one = async {
                if i % 2 == 0 { on_kept(&kept, &address, &host, path).await } else { get(&address, &host, path).await }
            };
            let answer = match tokio::time::timeout(PATIENCE, one).await {
                Ok(answer) => answer.map_err(|e| chain(&*e)),
                Err(_) => Err("no answer in time".to_owned()),
            };
            tally.lock().unwrap_or_else(PoisonError::into_inner).note(answer, is_quick);
        });
    }
    while open.join_next().await.is_some() {}
}

/// Asks on a connection that an earlier request left open, or on a new one where all are busy.
async fn on_kept(kept: &Mutex<Vec<Sender>>, address: &str, host: &str, path: &str) -> Result<Answer, BoxError> {
    let idle = kept.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut sender = match idle {
        Some(sender) if sender.is_ready() => sender,
        _ => connect(address).await?,
    };
    let answer = ask(&mut sender, host, path).await?;
    if sender.ready().await.is_ok() {
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
    }
    Ok(answer)
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
