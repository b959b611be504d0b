//! One connection to an instance.

use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use eve_core::Address;
use http::{Request, Response};
use http_body::{Body as _, Frame};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::forward::RequestBody;

type Driver = Connection<TokioIo<TcpStream>, RequestBody>;

/// A connection to an instance, for one request at a time. Dropping it closes it.
///
/// Whoever waits for an answer drives it, so that a request wakes no task but its own. Nothing
/// moves on one that nobody waits on: an idle one does not notice that the instance has closed it
/// until it is [looked at](Self::is_open).
#[derive(Debug)]
pub(crate) struct Wire {
    sender: SendRequest<RequestBody>,
    /// None once it has ended, or where a task drives it.
    driver: Option<Box<Driver>>,
}

impl Wire {
    pub(crate) async fn connect(address: &Address, timeout: Duration) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let stream = tokio::time::timeout(timeout, TcpStream::connect((address.host.as_str(), address.port))).await??;
        stream.set_nodelay(true)?;
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Self { sender, driver: Some(Box::new(driver)) })
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
        let driver = &mut self.driver;
        poll_fn(|cx| driving(driver, cx, |cx| answer.as_mut().poll(cx))).await
    }

    /// Goes on with the body of its answer.
    pub(crate) fn poll_body(
        &mut self,
        body: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        driving(&mut self.driver, cx, |cx| Pin::new(&mut *body).poll_frame(cx))
    }

    /// Whether it can be kept once its answer has passed: not if its request is still being sent.
    pub(crate) fn is_keepable(&self) -> bool {
        !self.sender.is_closed() && (self.driver.is_some() || self.sender.is_ready())
    }

    /// Whether an idle one is ready for a request. Notices that the instance has closed it.
    pub(crate) fn is_open(&mut self) -> bool {
        drive(&mut self.driver, &mut quiet());
        self.sender.is_ready() && !self.sender.is_closed()
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

/// Asks for what a driver brings, and drives it where it is driven here.
///
/// A driver and its user wake each other, which is for nothing where one poll moves both. So what can
/// be had at once is had without a waker, and then the driver alone gets one.
fn driving<T>(
    driver: &mut Option<Box<Driver>>,
    cx: &mut Context<'_>,
    mut ask: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    for waker in [Waker::noop(), cx.waker()] {
        if driver.is_none() {
            break;
        }
        if let Poll::Ready(brought) = ask(&mut quiet()) {
            return Poll::Ready(brought);
        }
        drive(driver, &mut Context::from_waker(waker));
    }
    if driver.is_some() { ask(&mut quiet()) } else { ask(cx) }
}

fn quiet() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

fn tell(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to an instance broke");
    }
}
