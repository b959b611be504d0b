//! Bodies on their way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use eve_core::Env;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{Either, Empty, Full};
use hyper::body::Incoming;

use crate::instance::Claim;
use crate::pool::{Connection, Pool};

/// The body of a request to an instance: the client's, or none where the client sent none.
pub(crate) type RequestBody = Either<Incoming, Empty<Bytes>>;

/// The body of an answer to a client.
///
/// It holds the request's claim: the request is under way until its answer has passed.
#[derive(Debug)]
pub(crate) struct ResponseBody {
    inner: Either<Incoming, Full<Bytes>>,
    claim: Option<Claim>,
    lease: Option<Lease>,
}

/// A connection in use, and where it goes back to.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) connection: Connection,
    pub(crate) pool: Arc<Pool>,
    pub(crate) env: Arc<dyn Env>,
    /// Whether the request's body was sent before the answer came, because there was none.
    pub(crate) sent: bool,
}

impl ResponseBody {
    /// A text of the proxy's own.
    pub(crate) fn text(text: impl Into<Bytes>) -> Self {
        Self { inner: Either::Right(Full::new(text.into())), claim: None, lease: None }
    }

    /// An instance's answer.
    pub(crate) fn passing(body: Incoming, claim: Claim, lease: Lease) -> Self {
        Self { inner: Either::Left(body), claim: Some(claim), lease: Some(lease) }
    }

    fn finish(&mut self, complete: bool) {
        if let Some(lease) = self.lease.take()
            && complete
            // A body may still be on its way to an instance that answered before it had read it.
            && (lease.sent || lease.connection.is_ready())
        {
            lease.pool.put(lease.connection, lease.env.monotonic());
        }
        self.claim = None;
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = match &mut self.inner {
            Either::Left(body) => Pin::new(body).poll_frame(cx),
            Either::Right(text) => Pin::new(text).poll_frame(cx).map_err(|never| match never {}),
        };
        match &polled {
            Poll::Ready(None) => self.finish(true),
            Poll::Ready(Some(Err(_))) => self.finish(false),
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Either::Left(body) => body.is_end_stream(),
            Either::Right(text) => text.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Either::Left(body) => body.size_hint(),
            Either::Right(text) => text.size_hint(),
        }
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        // A body of known length is not asked again after its last byte.
        let complete = self.is_end_stream();
        self.finish(complete);
    }
}
