//! Cancellation and deadline of an operation.

use futures_util::future::{self, Either};

use crate::{Cancel, OpCx, Result};

/// Waits for a part of an operation until it is cancelled or its deadline passes.
pub(super) async fn within<T>(cx: &OpCx, work: impl Future<Output = Result<T>>) -> Result<T> {
    let work = std::pin::pin!(cx.deadline.limit(&*cx.env, cx.operation.as_str(), work));
    match future::select(std::pin::pin!(cx.cancel.cancelled()), work).await {
        Either::Left(_) => Err(Cancel::error()),
        Either::Right((done, _)) => done?,
    }
}
