//! What waits to be written to a connection.

use std::sync::Arc;

use tokio::io::AsyncWrite;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{Encoded, limits};

/// The way out of one side: frames are written in the order in which they are handed in.
#[derive(Clone)]
pub(crate) struct Outgoing {
    queue: mpsc::UnboundedSender<Queued>,
    room: Arc<Semaphore>,
}

/// The frames that [`Outgoing`] was handed.
pub(crate) struct Queue {
    queue: mpsc::UnboundedReceiver<Queued>,
    room: Arc<Semaphore>,
}

struct Queued {
    frame: Encoded,
    /// Given back once it is written.
    _place: Option<OutgoingPlace>,
    is_last: bool,
}

/// A place in the queue for one frame with a body.
pub(crate) struct OutgoingPlace(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Outgoing {
    pub(crate) fn new() -> (Self, Queue) {
        let (queue, frames) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(limits::OUTGOING));
        (Self { queue, room: Arc::clone(&room) }, Queue { queue: frames, room })
    }

    /// Waits for a place; none when nothing will be written any more.
    pub(crate) async fn place(&self) -> Option<OutgoingPlace> {
        Arc::clone(&self.room).acquire_owned().await.ok().map(OutgoingPlace)
    }

    /// Hands a frame in. One that nobody will write any more is dropped.
    pub(crate) fn send(&self, frame: Encoded, place: OutgoingPlace) {
        let _ = self.queue.send(Queued { frame, _place: Some(place), is_last: false });
    }

    /// Hands in a small frame of which the protocol allows a limited number at a time.
    pub(crate) fn send_small(&self, frame: Encoded) {
        let _ = self.queue.send(Queued { frame, _place: None, is_last: false });
    }

    /// Hands in the frame after which nothing is written any more.
    pub(crate) fn send_last(&self, frame: Encoded) {
        let _ = self.queue.send(Queued { frame, _place: None, is_last: true });
    }
}

impl Queue {
    /// Writes what comes until the last frame, until no [`Outgoing`] is left, or until the connection
    /// breaks.
    pub(crate) async fn write(mut self, mut to: impl AsyncWrite + Unpin) {
        while let Some(queued) = self.queue.recv().await {
            if queued.frame.write(&mut to).await.is_err() || queued.is_last {
                return;
            }
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.room.close();
    }
}
