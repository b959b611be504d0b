//! Sends one request to an instance.

use std::error::Error;

use http::{Request, Response};
use http_body::Body as _;
use http_body_util::{Either, Empty};
use hyper::body::Incoming;

use crate::forward::body::Lease;
use crate::pool;
use crate::server::Shared;
use crate::table::Target;

/// Sends a request to an instance and waits for the head of its answer.
///
/// A server may close an idle connection just as it is used again. So only what may be sent twice
/// rides a kept connection: idempotent requests without a body. One that breaks before any byte of
/// an answer is repeated, once, on a fresh connection; everything else gets a fresh one at once.
pub(crate) async fn send(
    shared: &Shared,
    target: &Target,
    request: Request<Incoming>,
    upgrades: bool,
) -> Result<(Response<Incoming>, Lease), Box<dyn Error + Send + Sync>> {
    let (parts, body) = request.into_parts();
    let sent = body.is_end_stream();
    let lease = |connection| Lease { connection, pool: target.pool.clone(), env: shared.env.clone(), sent };

    let repeatable = sent && !upgrades && parts.method.is_idempotent();
    if repeatable && let Some(mut kept) = target.pool.take(shared.env.monotonic(), shared.config.idle_timeout).await {
        let first = Request::from_parts(parts.clone(), Either::Right(Empty::new()));
        match kept.send_request(first).await {
            Ok(response) => return Ok((response, lease(kept))),
            Err(error) if target.instance.cut_token().is_cancelled() => return Err(error.into()),
            Err(error) => tracing::debug!(%error, "a kept connection was closed, asking on a fresh one"),
        }
    }
    let body = if sent { Either::Right(Empty::new()) } else { Either::Left(body) };
    let cut = target.instance.cut_token().clone();
    let mut fresh = pool::connect(&target.address, shared.config.connect_timeout, cut).await?;
    let response = fresh.send_request(Request::from_parts(parts, body)).await?;
    Ok((response, lease(fresh)))
}
