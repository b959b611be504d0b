//! The open streams of a connection.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use eve_core::control::{ErrorReport, Message, Part};
use eve_core::{Error, Result, codes};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use super::parts::panicked;
use crate::protocol::{Encoded, Outgoing, ServerFrame, body, limits};

/// The streams of one connection. They are dropped with this value.
pub(super) struct Streams {
    outgoing: Outgoing,
    open: Arc<Open>,
}

type Open = Mutex<HashMap<u64, OpenStream>>;

struct OpenStream {
    credit: Arc<Semaphore>,
    _pump: AbortOnDropHandle<()>,
}

impl Streams {
    pub(super) fn new(outgoing: Outgoing) -> Self {
        Self { outgoing, open: Arc::default() }
    }

    /// Asks a part for items, and sends them as the client takes them.
    ///
    /// # Errors
    /// `control.malformed` if too many are open; nothing was asked for then.
    pub(super) fn begin(&self, id: u64, part: Result<Arc<dyn Part>>, request: Message) -> Result<()> {
        if lock(&self.open).len() >= limits::STREAMS {
            let text = format!("a client has more than {} streams open", limits::STREAMS);
            return Err(Error::invalid(codes::CONTROL_MALFORMED, text));
        }
        let items =
            part.and_then(|part| catch_unwind(AssertUnwindSafe(|| part.stream(request))).map_err(|_| panicked()));
        let credit = Arc::new(Semaphore::new(limits::CREDIT as usize));
        let pump = Pump {
            id,
            items: items.unwrap_or_else(|error| stream::iter([Err(error)]).boxed()),
            credit: Arc::clone(&credit),
            outgoing: self.outgoing.clone(),
            open: Arc::downgrade(&self.open),
        };
        // Under the lock: the pump takes its own entry out again.
        let mut open = lock(&self.open);
        open.insert(id, OpenStream { credit, _pump: AbortOnDropHandle::new(tokio::spawn(pump.run())) });
        Ok(())
    }

    /// Ends a stream, unless it has ended.
    pub(super) fn end(&self, id: u64) {
        lock(&self.open).remove(&id);
    }

    /// Lets a stream send more, unless it has ended.
    ///
    /// # Errors
    /// `control.malformed` if the client takes more than it was sent.
    pub(super) fn more(&self, id: u64, items: u32) -> Result<()> {
        let open = lock(&self.open);
        let Some(OpenStream { credit, .. }) = open.get(&id) else { return Ok(()) };
        let items = items as usize;
        if credit.available_permits().saturating_add(items) > limits::CREDIT as usize {
            return Err(Error::invalid(codes::CONTROL_MALFORMED, "a client takes more items than it was sent"));
        }
        credit.add_permits(items);
        Ok(())
    }
}

/// Moves items from a part to the connection.
struct Pump {
    id: u64,
    items: BoxStream<'static, Result<Message>>,
    credit: Arc<Semaphore>,
    outgoing: Outgoing,
    open: Weak<Open>,
}

impl Pump {
    async fn run(mut self) {
        while let Ok(credit) = self.credit.acquire().await {
            credit.forget();
            let item = AssertUnwindSafe(self.items.next()).catch_unwind().await;
            let is_last = item.is_err();
            let Some(item) = item.unwrap_or_else(|_| Some(Err(panicked()))) else { break };
            let Some(place) = self.outgoing.place().await else { return };
            if let Some(frame) = self.frame(item) {
                self.outgoing.send(frame, place);
            }
            if is_last {
                break;
            }
        }
        let id = self.id;
        if let Ok(end) = Encoded::plain(&ServerFrame::End { id }) {
            self.outgoing.send_small(end);
        }
        // The last act: it ends this very task.
        if let Some(open) = self.open.upgrade() {
            lock(&open).remove(&id);
        }
    }

    fn frame(&self, item: Result<Message>) -> Option<Encoded> {
        let id = self.id;
        let frame = item
            .and_then(|message| Encoded::of(&ServerFrame::Item { id, body: body(&message)? }, &message))
            .or_else(|error| Encoded::plain(&ServerFrame::Flaw { id, error: ErrorReport::from(&error) }));
        frame.inspect_err(|error| tracing::error!(%error, "an error of a part cannot be sent")).ok()
    }
}

fn lock(open: &Open) -> MutexGuard<'_, HashMap<u64, OpenStream>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}
