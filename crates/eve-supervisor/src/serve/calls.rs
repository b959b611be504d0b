//! The calls of a connection that are not answered yet.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use eve_core::control::{ErrorReport, Message, Part};
use eve_core::{Cancel, Error, Result, codes};
use futures_util::{FutureExt as _, poll};
use tokio::task::unconstrained;
use tokio_util::task::TaskTracker;

use super::parts::panicked;
use crate::protocol::{Encoded, Outgoing, ServerFrame, body, limits};

/// The calls of one connection. They go on when it ends.
pub(super) struct Calls {
    tasks: TaskTracker,
    outgoing: Outgoing,
    unanswered: Arc<Mutex<HashMap<u64, Cancel>>>,
}

impl Calls {
    pub(super) fn new(tasks: TaskTracker, outgoing: Outgoing) -> Self {
        Self { tasks, outgoing, unanswered: Arc::default() }
    }

    /// Begins a call: the part's future was polled once when this returns.
    ///
    /// # Errors
    /// `control.malformed` if too many are unanswered; nothing was begun then.
    pub(super) async fn begin(&self, id: u64, part: Result<Arc<dyn Part>>, request: Message) -> Result<()> {
        let cancel = Cancel::new();
        {
            let mut unanswered = lock(&self.unanswered);
            if unanswered.len() >= limits::CALLS {
                let text = format!("a client has more than {} calls unanswered", limits::CALLS);
                return Err(Error::invalid(codes::CONTROL_MALFORMED, text));
            }
            unanswered.insert(id, cancel.clone());
        }
        let mut work = AssertUnwindSafe(async move { part?.call(request, cancel).await }).catch_unwind().boxed();
        // Whatever the part waits for in turn, it has its turn then.
        let first = poll!(unconstrained(&mut work));
        let (outgoing, unanswered) = (self.outgoing.clone(), Arc::clone(&self.unanswered));
        self.tasks.spawn(async move {
            let result = match first {
                Poll::Ready(result) => result,
                Poll::Pending => work.await,
            };
            let answer = answer(id, result.unwrap_or_else(|_| Err(panicked())));
            let place = outgoing.place().await;
            // Before the client sees the answer: it may use the place of this call at once.
            lock(&unanswered).remove(&id);
            if let (Some(answer), Some(place)) = (answer, place) {
                outgoing.send(answer, place);
            }
        });
        Ok(())
    }

    /// Cancels a call, unless it was answered.
    pub(super) fn cancel(&self, id: u64) {
        if let Some(cancel) = lock(&self.unanswered).get(&id) {
            cancel.cancel();
        }
    }
}

fn answer(id: u64, result: Result<Message>) -> Option<Encoded> {
    let answer = result
        .and_then(|message| Encoded::of(&ServerFrame::Answer { id, body: body(&message)? }, &message))
        .or_else(|error| Encoded::plain(&ServerFrame::Failed { id, error: ErrorReport::from(&error) }));
    answer.inspect_err(|error| tracing::error!(%error, "an error of a part cannot be sent")).ok()
}

fn lock(calls: &Mutex<HashMap<u64, Cancel>>) -> MutexGuard<'_, HashMap<u64, Cancel>> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}
