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
use crate::pool::Pool;
use crate::server::Guest;
use crate::wire::Wire;

/// The body of a request to an instance: the client's, or none where the client sent none.
pub(crate) type RequestBody = Either<Incoming, Empty<Bytes>>;

/// The body of an answer to a client.
///
/// It holds the request's claim: the request is under way until its answer has passed, and its
/// client is cut with the instance until then.
#[derive(Debug)]
pub(crate) struct ResponseBody {
    inner: Either<Incoming, Full<Bytes>>,
    passing: Option<Passing>,
}

#[derive(Debug)]
struct Passing {
    lease: Lease,
    guest: Arc<Guest>,
    _claim: Claim,
}

/// A connection in use, and where it goes back to.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) wire: Wire,
    pub(crate) pool: Arc<Pool>,
    pub(crate) env: Arc<dyn Env>,
}

impl ResponseBody {
    /// A text of the proxy's own.
    pub(crate) fn text(text: impl Into<Bytes>) -> Self {
        Self { inner: Either::Right(Full::new(text.into())), passing: None }
    }

    /// An instance's answer.
    pub(crate) fn passing(body: Incoming, claim: Claim, lease: Lease, guest: Arc<Guest>) -> Self {
        guest.cut_with(claim.instance());
        Self { inner: Either::Left(body), passing: Some(Passing { lease, guest, _claim: claim }) }
    }

    fn finish(&mut self, complete: bool) {
        let Some(Passing { lease, guest, _claim }) = self.passing.take() else { return };
        guest.spare();
        if complete {
            lease.pool.put(lease.wire, lease.env.monotonic());
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let Self { inner, passing } = &mut *self;
        let polled = match (inner, passing) {
            (Either::Left(body), Some(passing)) => passing.lease.wire.poll_body(body, cx),
            (Either::Left(body), None) => Pin::new(body).poll_frame(cx),
            (Either::Right(text), _) => Pin::new(text).poll_frame(cx).map_err(|never| match never {}),
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
