//! What a client waits for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eve_core::control::{ErrorReport, Message};
use eve_core::{Error, Result, codes};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::protocol::{ServerFrame, decode, limits};

/// The calls and streams of one connection that have not ended.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    last: u64,
    calls: HashMap<u64, Call>,
    streams: HashMap<u64, mpsc::Sender<Result<Message>>>,
}

#[derive(Debug)]
struct Call {
    tell: oneshot::Sender<Result<Message>>,
    /// Its place among the calls that the server takes at a time.
    _place: OwnedSemaphorePermit,
}

impl Pending {
    /// A new call's id; none if the connection is lost.
    pub(super) fn call(&self, tell: oneshot::Sender<Result<Message>>, place: OwnedSemaphorePermit) -> Option<u64> {
        let mut state = self.state();
        let id = state.next_id()?;
        state.calls.insert(id, Call { tell, _place: place });
        Some(id)
    }

    /// A new stream's id; none if the connection is lost.
    ///
    /// # Errors
    /// `supervisor.unavailable` if too many are open.
    pub(super) fn stream(&self, tell: mpsc::Sender<Result<Message>>) -> Result<Option<u64>> {
        let mut state = self.state();
        if state.streams.len() >= limits::STREAMS {
            let text = format!("{} streams of the supervisor are open already", limits::STREAMS);
            return Err(Error::exhausted(codes::SUPERVISOR_UNAVAILABLE, text));
        }
        let Some(id) = state.next_id() else { return Ok(None) };
        state.streams.insert(id, tell);
        Ok(Some(id))
    }

    /// Forgets a call or stream.
    pub(super) fn forget(&self, id: u64) {
        let mut state = self.state();
        state.calls.remove(&id);
        state.streams.remove(&id);
    }

    /// Hands a frame to who waits for it. What nobody waits for any more is dropped.
    ///
    /// # Errors
    /// `control.malformed`; whatever the server refuses with.
    pub(super) fn take(&self, frame: &[u8]) -> Result<()> {
        match decode(frame)? {
            ServerFrame::Answer { id, body } => self.answer(id, Ok(Message::from_text(body.get()))),
            ServerFrame::Failed { id, error } => self.answer(id, Err(error.into_error())),
            ServerFrame::Item { id, body } => return self.item(id, Ok(Message::from_text(body.get()))),
            ServerFrame::Flaw { id, error } => return self.item(id, Err(error.into_error())),
            ServerFrame::End { id } => {
                self.state().streams.remove(&id);
            }
            ServerFrame::Refused { error } => return Err(error.into_error()),
        }
        Ok(())
    }

    /// Tells everybody who waits that the connection is lost, and why if that is known.
    pub(super) fn close(&self, why: Option<&Error>) {
        let (calls, streams) = {
            let mut state = self.state();
            state.is_closed = true;
            (std::mem::take(&mut state.calls), std::mem::take(&mut state.streams))
        };
        for call in calls.into_values() {
            let _ = call.tell.send(Err(lost(why)));
        }
        for stream in streams.into_values() {
            // There is room for one more than the server may send.
            let _ = stream.try_send(Err(lost(why)));
        }
    }

    fn answer(&self, id: u64, answer: Result<Message>) {
        let call = self.state().calls.remove(&id);
        if let Some(call) = call {
            let _ = call.tell.send(answer);
        }
    }

    fn item(&self, id: u64, item: Result<Message>) -> Result<()> {
        let state = self.state();
        let Some(stream) = state.streams.get(&id) else { return Ok(()) };
        // One place is for the end of the connection.
        if stream.capacity() <= 1 && !stream.is_closed() {
            return Err(Error::invalid(codes::CONTROL_MALFORMED, "the supervisor sends more items than it may"));
        }
        let _ = stream.try_send(item);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_id(&mut self) -> Option<u64> {
        if self.is_closed {
            return None;
        }
        self.last += 1;
        Some(self.last)
    }
}

/// What a call or stream ends with when the supervisor goes away.
pub(super) fn lost(why: Option<&Error>) -> Error {
    let error = Error::unavailable(codes::SUPERVISOR_LOST, "the supervisor went away before it answered")
        .with_hint("what was asked may be done or not; the next call finds out");
    match why {
        Some(why) => error.with_source(ErrorReport::from(why).into_error()),
        None => error,
    }
}
