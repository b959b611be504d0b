//! Sends one request to an instance.

use std::error::Error;

use http::{Request, Response};
use http_body::Body as _;
use http_body_util::{Either, Empty};
use hyper::body::Incoming;

use crate::forward::body::Lease;
use crate::server::Shared;
use crate::table::Target;
use crate::wire::Wire;

/// Sends a request to an instance and waits for the head of its answer.
///
/// A server may close an idle connection just as it is used again. So only what may be sent twice
/// rides a kept connection: idempotent requests without a body. One that breaks before any byte of
/// an answer is repeated, once, on a fresh connection; everything else gets a fresh one at once.
///
/// It ends at once, with an error, when the instance is cut.
pub(crate) async fn send(
    shared: &Shared,
    target: &Target,
    request: Request<Incoming>,
    upgrades: bool,
) -> Result<(Response<Incoming>, Lease), Box<dyn Error + Send + Sync>> {
    let cut = target.instance.cut_token();
    match cut.run_until_cancelled(ask(shared, target, request, upgrades)).await {
        Some(answered) => answered,
        None => Err("it was cut".into()),
    }
}

async fn ask(
    shared: &Shared,
    target: &Target,
    request: Request<Incoming>,
    upgrades: bool,
) -> Result<(Response<Incoming>, Lease), Box<dyn Error + Send + Sync>> {
    let (parts, body) = request.into_parts();
    let empty = body.is_end_stream();
    let lease = |wire| Lease { wire, pool: target.pool.clone(), env: shared.env.clone() };

    let repeatable = empty && !upgrades && parts.method.is_idempotent();
    if repeatable && let Some(mut kept) = target.pool.take(shared.env.monotonic(), shared.limits()) {
        let first = Request::from_parts(parts.clone(), Either::Right(Empty::new()));
        match kept.send(first).await {
            Ok(response) => return Ok((response, lease(kept))),
            Err(error) => tracing::debug!(%error, "a kept connection was closed, asking on a fresh one"),
        }
    }
    let body = if empty { Either::Right(Empty::new()) } else { Either::Left(body) };
    let mut fresh = Wire::connect(&target.address, shared.config.connect_timeout, shared.env.monotonic()).await?;
    if upgrades || !empty {
        fresh = fresh.spawned(target.instance.cut_token().clone());
    }
    let response = fresh.send(Request::from_parts(parts, body)).await?;
    Ok((response, lease(fresh)))
}
