//! One connection.

use std::sync::Arc;

use eve_core::Result;
use eve_core::control::{Message, PartName};
use tokio::io::AsyncRead;
use tokio::net::UnixStream;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

use super::pending::Pending;
use crate::protocol::{ClientFrame, Encoded, Incoming, Outgoing, OutgoingPlace, Welcome, body, limits};

/// A connection to a supervisor that has welcomed us. It closes when it is dropped.
pub(super) struct Link {
    welcome: Welcome,
    outgoing: Outgoing,
    pending: Arc<Pending>,
    /// How many calls the server still takes.
    calls: Arc<Semaphore>,
    _reader: AbortOnDropHandle<()>,
    _writer: AbortOnDropHandle<()>,
}

/// Tells everybody who waits when the reader ends, even if its runtime does.
struct Closing(Arc<Pending>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close(None);
    }
}

impl Link {
    pub(super) fn new(socket: UnixStream, welcome: Welcome) -> Self {
        let (from, to) = socket.into_split();
        let (outgoing, queue) = Outgoing::new();
        let pending = Arc::new(Pending::default());
        let closing = Closing(Arc::clone(&pending));
        Self {
            welcome,
            outgoing,
            pending,
            calls: Arc::new(Semaphore::new(limits::CALLS)),
            _reader: AbortOnDropHandle::new(tokio::spawn(async move {
                if let Err(why) = read(from, &closing.0).await {
                    closing.0.close(Some(&why));
                }
            })),
            _writer: AbortOnDropHandle::new(tokio::spawn(queue.write(to))),
        }
    }

    pub(super) fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Sends a call; nothing was sent if the connection is lost.
    ///
    /// # Errors
    /// `control.malformed`, `control.oversized`, `control.version`.
    pub(super) async fn call(
        &self,
        part: &PartName,
        request: &Message,
    ) -> Result<Option<(u64, oneshot::Receiver<Result<Message>>)>> {
        self.welcome.check_part(part)?;
        let text = body(request)?;
        let Some(place) = self.outgoing.place().await else { return Ok(None) };
        let Ok(turn) = Arc::clone(&self.calls).acquire_owned().await else { return Ok(None) };
        let (tell, answer) = oneshot::channel();
        let Some(id) = self.pending.call(tell, turn) else { return Ok(None) };
        self.send(id, &ClientFrame::Call { id, part: part.clone(), body: text }, request, place)?;
        Ok(Some((id, answer)))
    }

    /// Asks for a stream; nothing was sent if the connection is lost.
    ///
    /// # Errors
    /// `control.malformed`, `control.oversized`, `control.version`; `supervisor.unavailable` if too many are open.
    pub(super) async fn stream(
        &self,
        part: &PartName,
        request: &Message,
        tell: mpsc::Sender<Result<Message>>,
    ) -> Result<Option<u64>> {
        self.welcome.check_part(part)?;
        let text = body(request)?;
        let Some(place) = self.outgoing.place().await else { return Ok(None) };
        let Some(id) = self.pending.stream(tell)? else { return Ok(None) };
        self.send(id, &ClientFrame::Stream { id, part: part.clone(), body: text }, request, place)?;
        Ok(Some(id))
    }

    pub(super) fn cancel(&self, id: u64) {
        self.tell(&ClientFrame::Cancel { id });
    }

    /// Takes no more items of a stream.
    pub(super) fn drop_stream(&self, id: u64) {
        self.pending.forget(id);
        self.tell(&ClientFrame::Drop { id });
    }

    /// Takes more items of a stream.
    pub(super) fn more(&self, id: u64, items: u32) {
        self.tell(&ClientFrame::More { id, items });
    }

    fn send(&self, id: u64, frame: &ClientFrame<'_>, request: &Message, place: OutgoingPlace) -> Result<()> {
        let frame = Encoded::of(frame, request).inspect_err(|_| self.pending.forget(id))?;
        self.outgoing.send(frame, place);
        Ok(())
    }

    fn tell(&self, frame: &ClientFrame<'_>) {
        if let Ok(frame) = Encoded::plain(frame) {
            self.outgoing.send_small(frame);
        }
    }
}

async fn read(mut from: impl AsyncRead + Unpin, pending: &Pending) -> Result<()> {
    while let Incoming::Frame(frame) = Incoming::read(&mut from).await? {
        pending.take(&frame)?;
    }
    Ok(())
}
