//! What a run has said so far, for whoever listens, whenever they begin to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use eve_core::{Progress, ProgressEvent, ProgressStatus};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::watch;

/// How many events are kept. Past it the oldest that say no more than that something goes on (a
/// build's lines, above all) are dropped: beginnings and ends are few.
const KEPT: usize = 10_000;

/// A run's progress: kept from its first event to its end, and told to each listener.
#[derive(Debug, Clone)]
pub(crate) struct ProgressLog {
    /// The events that are kept, each with its number.
    events: Arc<Mutex<VecDeque<(usize, ProgressEvent)>>>,
    /// How many events there were, and whether there will be no more.
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
        self.state.send_modify(|(count, _)| {
            events.push_back((*count, event));
            *count += 1;
        });
        if events.len() > KEPT {
            let goes_on = |(_, event): &(usize, ProgressEvent)| event.status == ProgressStatus::Running;
            let place = events.iter().position(goes_on).unwrap_or(0);
            events.remove(place);
        }
    }

    /// Says that there will be no more.
    pub(crate) fn close(&self) {
        self.state.send_modify(|state| state.1 = true);
    }

    /// Every event that is kept, from the first one; ends with the run.
    pub(crate) fn events(&self) -> BoxStream<'static, ProgressEvent> {
        let state = self.state.subscribe();
        stream::unfold((self.events.clone(), state, 0), |(events, mut state, at)| async move {
            loop {
                let (count, closed) = *state.borrow_and_update();
                if at < count {
                    let next = {
                        let events = events.lock().unwrap_or_else(PoisonError::into_inner);
                        events.get(events.partition_point(|(number, _)| *number < at)).cloned()
                    };
                    if let Some((number, event)) = next {
                        return Some((event, (events, state, number + 1)));
                    }
                }
                if closed || state.changed().await.is_err() {
                    return None;
                }
            }
        })
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_is_dropped_before_what_began_or_ended() {
        let log = ProgressLog::new();
        let progress = log.progress();
        progress.say(|| ProgressEvent::new("build", ProgressStatus::Started, "begin"));
        for line in 0..=KEPT {
            progress.say(|| ProgressEvent::new("build", ProgressStatus::Running, line.to_string()));
        }
        progress.say(|| ProgressEvent::new("build", ProgressStatus::Done, "end"));
        log.close();
        let said: Vec<_> = futures_util::FutureExt::now_or_never(log.events().collect()).unwrap();
        assert_eq!(said.len(), KEPT);
        assert_eq!((said[0].text.as_str(), said[1].text.as_str()), ("begin", "3"));
        assert_eq!(said.last().unwrap().text, "end");
    }
}
