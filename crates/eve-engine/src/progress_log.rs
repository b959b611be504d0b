//! What a run has said so far, for whoever listens, whenever they begin to.

use std::sync::{Arc, Mutex, PoisonError};

use eve_core::{Progress, ProgressEvent};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::watch;

/// A run's progress: kept from its first event to its end, and told to each listener in full.
#[derive(Debug, Clone)]
pub(crate) struct ProgressLog {
    events: Arc<Mutex<Vec<ProgressEvent>>>,
    /// How many events there are, and whether there will be more.
    state: Arc<watch::Sender<(usize, bool)>>,
}

impl ProgressLog {
    pub(crate) fn new() -> Self {
        Self { events: Arc::default(), state: Arc::new(watch::Sender::new((0, false))) }
    }

    /// Where the run says how far it is.
    pub(crate) fn progress(&self) -> Progress {
        let log = self.clone();
        Progress::to(move |event| log.push(event))
    }

    fn push(&self, event: ProgressEvent) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event);
        let count = events.len();
        self.state.send_modify(|state| state.0 = count);
    }

    /// Says that there will be no more.
    pub(crate) fn close(&self) {
        self.state.send_modify(|state| state.1 = true);
    }

    /// Every event from the first one; ends with the run.
    pub(crate) fn events(&self) -> BoxStream<'static, ProgressEvent> {
        let state = self.state.subscribe();
        stream::unfold((self.events.clone(), state, 0), |(events, mut state, at)| async move {
            loop {
                let (count, closed) = *state.borrow_and_update();
                if at < count {
                    let event = events.lock().unwrap_or_else(PoisonError::into_inner)[at].clone();
                    return Some((event, (events, state, at + 1)));
                }
                if closed || state.changed().await.is_err() {
                    return None;
                }
            }
        })
        .boxed()
    }
}
