//! One connection to an instance.

use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use eve_core::{Address, Monotonic};
use http::{Request, Response};
use http_body::{Body as _, Frame};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::forward::RequestBody;
use crate::relay::Relay;

type Driver = Connection<TokioIo<TcpStream>, RequestBody>;

/// A connection to an instance, for one request at a time. Dropping it closes it.
///
/// Whoever waits for an answer drives it, so that a request wakes no task but its own. Nothing
/// moves on one that nobody waits on: an idle one does not notice that the instance has closed it
/// until it is used or [looked at](Self::is_open).
#[derive(Debug)]
pub(crate) struct Wire {
    sender: SendRequest<RequestBody>,
    /// None once it has ended, or where a task drives it.
    driver: Option<Box<Driver>>,
    relay: Relay,
    begun: Monotonic,
}

impl Wire {
    pub(crate) async fn connect(
        address: &Address,
        timeout: Duration,
        begun: Monotonic,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let stream = tokio::time::timeout(timeout, TcpStream::connect((address.host.as_str(), address.port))).await??;
        stream.set_nodelay(true)?;
        // One buffer is all that a request without a body needs, and a plain write is cheaper.
        let (sender, driver) = http1::Builder::new().writev(false).handshake(TokioIo::new(stream)).await?;
        Ok(Self { sender, driver: Some(Box::new(driver)), relay: Relay::new(), begun })
    }

    /// When it was begun.
    pub(crate) fn begun(&self) -> Monotonic {
        self.begun
    }

    /// Gives it a task of its own, for what goes on whether or not anybody waits for the answer: the
    /// upload of a body, a tunnel. It ends at once when `cut` is cancelled; dropped, it sends its
    /// request to the end first.
    pub(crate) fn spawned(mut self, cut: CancellationToken) -> Self {
        if let Some(driver) = self.driver.take() {
            tokio::spawn(async move {
                tokio::select! {
                    biased;
                    () = cut.cancelled() => {}
                    ended = driver.with_upgrades() => tell(ended),
                }
            });
        }
        self
    }

    /// Sends a request and waits for the head of its answer.
    pub(crate) async fn send(&mut self, request: Request<RequestBody>) -> hyper::Result<Response<Incoming>> {
        let mut answer = pin!(self.sender.send_request(request));
        let Self { driver, relay, .. } = self;
        poll_fn(|cx| {
            relay.poll(cx, |cx| {
                drive(driver, cx);
                answer.as_mut().poll(cx)
            })
        })
        .await
    }

    /// Goes on with the body of its answer.
    pub(crate) fn poll_body(
        &mut self,
        body: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let Self { driver, relay, .. } = self;
        relay.poll(cx, |cx| {
            // The answer's beginning has often come with its head.
            if let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(cx) {
                return Poll::Ready(frame);
            }
            drive(driver, cx);
            Pin::new(&mut *body).poll_frame(cx)
        })
    }

    /// Whether it can be kept once its answer has passed: not if its request is still being sent.
    pub(crate) fn is_keepable(&self) -> bool {
        !self.sender.is_closed() && (self.driver.is_some() || self.sender.is_ready())
    }

    /// Whether an idle one is ready for a request. That the instance has closed it may show only
    /// when it is used.
    pub(crate) fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    /// Whether an idle one is still there. Notices that the instance has closed it.
    pub(crate) fn is_open(&mut self) -> bool {
        drive(&mut self.driver, &mut Context::from_waker(Waker::noop()));
        !self.sender.is_closed()
    }
}

/// Moves what can be moved now.
fn drive(driver: &mut Option<Box<Driver>>, cx: &mut Context<'_>) {
    if let Some(here) = driver
        && let Poll::Ready(ended) = Pin::new(here).poll(cx)
    {
        tell(ended);
        *driver = None;
    }
}

fn tell(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to an instance broke");
    }
}
