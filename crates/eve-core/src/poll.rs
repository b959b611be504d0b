//! A watch for backends that cannot watch.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use crate::{Env, Observed, Result};

/// Observes again and again, and hands on what changed: the present state first.
///
/// An error is handed on as a gap; the stream goes on.
pub fn polling_watch(
    env: Arc<dyn Env>,
    every: Duration,
    observe: impl Fn() -> BoxFuture<'static, Result<Observed>> + Send + 'static,
) -> BoxStream<'static, Result<Observed>> {
    stream::unfold((observe, env, None::<Observed>, true), move |(observe, env, mut last, mut first)| async move {
        loop {
            if !std::mem::take(&mut first) {
                env.sleep(every).await;
            }
            match observe().await {
                Ok(now) if last.as_ref() == Some(&now) => {}
                Ok(now) => {
                    last = Some(now.clone());
                    return Some((Ok(now), (observe, env, last, false)));
                }
                Err(gap) => {
                    last = None;
                    return Some((Err(gap), (observe, env, last, false)));
                }
            }
        }
    })
    .boxed()
}
