//! Who waits for which stream.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eve_core::StreamId;
use tokio::sync::watch;

/// The last sequences that this process committed to the streams that somebody is subscribed to.
#[derive(Debug, Default)]
pub(super) struct Heads(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    watched: HashMap<StreamId, watch::Sender<u64>>,
    closed: bool,
}

impl Heads {
    /// Tells of every later commit to a stream. The receiver fails once the journal is closed.
    pub(super) fn watch(&self, stream: &StreamId) -> watch::Receiver<u64> {
        let mut state = self.lock();
        if state.closed {
            return watch::channel(0).1;
        }
        state.watched.retain(|_, sender| sender.receiver_count() > 0);
        state.watched.entry(stream.clone()).or_insert_with(|| watch::channel(0).0).subscribe()
    }

    /// Tells those who watch a stream where it ends now.
    pub(super) fn advance(&self, stream: &StreamId, sequence: u64) {
        if let Some(sender) = self.lock().watched.get(stream) {
            sender.send_replace(sequence);
        }
    }

    /// Tells everybody that nothing comes any more.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.watched.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
