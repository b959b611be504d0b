//! Where a case plays: a fresh backend, and its removal.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use crate::{Failure, Outcome};

/// How long a case may take. Generous: only a case that hangs meets it.
const CASE: Duration = Duration::from_secs(90);
/// How long opening or cleaning up may take.
const AROUND: Duration = Duration::from_secs(30);

/// Where a case plays.
#[async_trait]
pub(crate) trait Stage<H: ?Sized>: Sized + Send + Sync {
    /// Sets the stage with a fresh backend.
    async fn open(harness: Arc<H>) -> Outcome<Self>;

    /// What has to hold instead of every case, for a backend that does not claim the suite at all.
    async fn instead(&self) -> Option<Outcome> {
        None
    }

    /// Removes what the case left. Whether removal works is a case of its own.
    async fn close(self) {}
}

/// Opens a stage, plays a case on it, cleans up. Answers how long cleaning up took.
pub(crate) async fn play<H: ?Sized, S: Stage<H>>(
    harness: Arc<H>,
    case: impl for<'a> FnOnce(&'a S) -> BoxFuture<'a, Outcome> + Send,
) -> (Outcome, Duration) {
    let stage = match timeout(AROUND, S::open(harness)).await {
        Ok(Ok(stage)) => stage,
        Ok(Err(failure)) => return (Err(failure), Duration::ZERO),
        Err(_) => return (Err(Failure::new("the harness gave no backend within 30 s")), Duration::ZERO),
    };
    let body = async {
        match stage.instead().await {
            Some(outcome) => outcome,
            None => case(&stage).await,
        }
    };
    let outcome = match timeout(CASE, AssertUnwindSafe(body).catch_unwind()).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(Failure::new(format!("panicked: {}", panic_text(&*panic)))),
        Err(_) => Err(Failure::new("did not end within 90 s")),
    };
    let began = Instant::now();
    let _ = timeout(AROUND, AssertUnwindSafe(stage.close()).catch_unwind()).await;
    (outcome, began.elapsed())
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a text")
}
