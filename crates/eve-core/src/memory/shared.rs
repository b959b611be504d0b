//! State behind a lock, with word of its changes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::watch;

/// State that several handles share. Whoever waits is told of each change, several at once if
/// they came together.
pub(super) struct Shared<T> {
    state: Mutex<T>,
    changed: watch::Sender<u64>,
}

impl<T> Shared<T> {
    pub(super) fn new(state: T) -> Self {
        Self { state: Mutex::new(state), changed: watch::Sender::new(0) }
    }

    /// Looks at the state. The closure must not block.
    pub(super) fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.lock())
    }

    /// Changes the state and tells it to whoever waits.
    pub(super) fn write<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let answer = self.note(change);
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
        answer
    }

    /// Changes something that nobody waits for.
    pub(super) fn note<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(&mut self.lock())
    }

    /// Word of the changes from now on.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Word of the changes from now on, as a stream.
    pub(super) fn change_stream(&self) -> BoxStream<'static, ()>
    where
        T: Send + 'static,
    {
        let changes = self.changed.subscribe();
        stream::unfold(changes, |mut changes| async move { changes.changed().await.ok().map(|()| ((), changes)) })
            .boxed()
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        // No closure leaves the state half changed when it panics: all of them check first.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Default> Default for Shared<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}
