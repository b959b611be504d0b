//! The items of a stream.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use eve_core::Result;
use eve_core::control::Message;
use futures_util::Stream;
use tokio::sync::mpsc;

use super::link::Link;
use crate::protocol::limits;

/// The items of a stream, as they come. Dropping them tells the part.
pub(super) struct Items {
    queue: mpsc::Receiver<Result<Message>>,
    source: Arc<Source>,
    /// How many were taken since the server was told.
    taken: u32,
}

/// Where a stream comes from, once that is known.
#[derive(Default)]
pub(super) struct Source(OnceLock<(Arc<Link>, u64)>);

impl Items {
    pub(super) fn new() -> (Self, mpsc::Sender<Result<Message>>, Arc<Source>) {
        // One more for the end of the connection.
        let (tell, queue) = mpsc::channel(limits::CREDIT as usize + 1);
        let source = Arc::<Source>::default();
        (Self { queue, source: Arc::clone(&source), taken: 0 }, tell, source)
    }
}

impl Source {
    pub(super) fn is(&self, link: Arc<Link>, id: u64) {
        let _ = self.0.set((link, id));
    }

    /// Tells the part that nobody listens; nothing if it was not asked yet.
    pub(super) fn end(&self) {
        if let Some((link, id)) = self.0.get() {
            link.drop_stream(*id);
        }
    }
}

impl Stream for Items {
    type Item = Result<Message>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        const BATCH: u32 = limits::CREDIT / 2;
        let next = self.queue.poll_recv(cx);
        if let Poll::Ready(Some(_)) = next {
            self.taken += 1;
            if self.taken >= BATCH
                && let Some((link, id)) = self.source.0.get()
            {
                link.more(*id, self.taken);
                self.taken = 0;
            }
        }
        next
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        // Before it is looked whether the part was asked: who asks it looks whether this is closed.
        self.queue.close();
        self.source.end();
    }
}
