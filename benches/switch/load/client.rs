//! One connection of a client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::counted::Counted;
use super::load::Target;
use super::loss::Loss;

/// A request that was with the service for longer than this was being worked on, and not still being sent.
const SENDING: Duration = Duration::from_millis(100);

/// One connection of a client.
pub(super) struct Client {
    sender: SendRequest<Empty<Bytes>>,
    read: Arc<AtomicU64>,
    is_kept: bool,
}

impl Client {
    pub(super) async fn connect(target: &Target) -> Result<Self, Loss> {
        let stream = TcpStream::connect(&*target.address).await.map_err(|_| Loss::Refused)?;
        stream.set_nodelay(true).map_err(|_| Loss::Refused)?;
        let (stream, read) = Counted::new(stream);
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|_| Loss::Refused)?;
        tokio::spawn(connection);
        Ok(Self { sender, read, is_kept: false })
    }

    /// Asks, and answers which release it was that answered.
    pub(super) async fn ask(&mut self, target: &Target, path: &str) -> Result<u32, Loss> {
        let request = Request::get(path).header("host", &*target.host).body(Empty::new()).expect("a plain request");
        let (begun, before) = (Instant::now(), self.read.load(Ordering::SeqCst));
        let Ok(response) = self.sender.send_request(request).await else {
            return Err(match self.read.load(Ordering::SeqCst) > before {
                true => Loss::Cut,
                false if self.is_kept && begun.elapsed() < SENDING => Loss::ClosingRace,
                false => Loss::Unanswered,
            });
        };
        let status = response.status();
        let release = response.headers().get("x-release").and_then(|value| value.to_str().ok()?.parse().ok());
        response.into_body().collect().await.map_err(|_| Loss::Cut)?;
        release.filter(|_| status.is_success()).ok_or(Loss::Status(status.as_u16()))
    }

    /// The same connection for the next request, unless the other side has closed it.
    pub(super) async fn kept(mut self) -> Option<Self> {
        self.is_kept = true;
        self.sender.ready().await.is_ok().then_some(self)
    }

    /// True if the other side is not known to have closed it.
    pub(super) fn is_open(&self) -> bool {
        self.sender.is_ready()
    }
}
