//! The one stream of events from an engine, for everybody who listens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use eve_core::{Exit, Result};
use futures_util::StreamExt as _;
use tokio::sync::broadcast;

use super::notes::{Note, Notes};
use crate::api::{Daemon, Happening, Subject, What};

/// How many notes wait for a slow listener.
const BACKLOG: usize = 1024;
/// Above this many, containers that ended are forgotten: a closer look at them is as good.
const DEATHS: usize = 4096;
/// How long the stream goes on before it is seen whether anybody still listens.
const IDLE: Duration = Duration::from_secs(5);
/// The first and the longest pause before a stream that broke off is asked for again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// How far back the first look reaches: the engine's clock may be a little behind.
const BACK: Duration = Duration::from_secs(2);

/// The one stream of events from an engine. It is open while somebody listens. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Feed(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    daemon: Daemon,
    notes: broadcast::Sender<Note>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// True while a task reads the stream.
    reading: bool,
    /// When the last event was, by the engine's clock.
    last: Option<i64>,
    /// The containers that ended while somebody listened.
    deaths: HashMap<String, Deaths>,
}

#[derive(Debug, Default)]
struct Deaths {
    count: u64,
    exit: Option<i32>,
}

impl Feed {
    pub(crate) fn new(daemon: Daemon) -> Self {
        let (notes, _) = broadcast::channel(BACKLOG);
        Self(Arc::new(Inner { daemon, notes, state: Mutex::default() }))
    }

    /// Listens from now on. Needs a tokio runtime around it.
    pub(crate) fn subscribe(&self) -> Notes {
        let notes = Notes(self.0.notes.subscribe());
        let mut state = self.0.state();
        if !std::mem::replace(&mut state.reading, true) {
            if state.last.is_none() {
                state.last = Some(now().saturating_sub(i64::try_from(BACK.as_nanos()).unwrap_or(0)));
            }
            tokio::spawn(read(Arc::clone(&self.0)));
        }
        notes
    }

    /// Tells listeners that an object was found to be otherwise.
    pub(crate) fn say(&self, name: &str) {
        // Nobody may be listening.
        let _ = self.0.notes.send(Note::About(name.to_owned(), None));
    }

    /// How often a container ended while somebody listened.
    pub(crate) fn deaths(&self, id: &str) -> u64 {
        self.0.state().deaths.get(id).map_or(0, |deaths| deaths.count)
    }

    pub(crate) fn has_died(&self, id: &str) -> bool {
        self.deaths(id) > 0
    }

    /// How a container ended the last time that somebody listened.
    pub(crate) fn last_exit(&self, id: &str) -> Option<Exit> {
        self.0.state().deaths.get(id).map(|deaths| deaths.exit.map_or(Exit::Lost, Exit::Code))
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in one event.
    fn take(&self, happening: &Happening) {
        let mut state = self.state();
        state.last = Some(happening.at);
        if let (What::Died(exit), Subject::Container(id)) = (happening.what, &happening.subject) {
            if state.deaths.len() > DEATHS {
                state.deaths.clear();
            }
            let deaths = state.deaths.entry(id.clone()).or_default();
            deaths.count += 1;
            deaths.exit = exit;
        }
    }

    /// True, and then it is so, if nobody listens any more.
    fn is_over(&self) -> bool {
        let mut state = self.state();
        let over = self.notes.receiver_count() == 0;
        if over {
            // Who listens later looks first: what happened until then is seen by that.
            *state = State { deaths: std::mem::take(&mut state.deaths), ..State::default() };
        }
        over
    }
}

async fn read(inner: Arc<Inner>) {
    let mut pause = PAUSES.0;
    while !inner.is_over() {
        match read_on(&inner).await {
            Ok(()) => return,
            Err(error) => {
                let _ = inner.notes.send(Note::Gap(format!("the engine's events broke off: {}", error.chain())));
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Reads until nobody listens any more.
async fn read_on(inner: &Inner) -> Result<()> {
    let since = inner.state().last;
    let mut events = inner.daemon.events(since)?;
    let mut replaying = true;
    loop {
        match tokio::time::timeout(IDLE, events.next()).await {
            Err(_) if inner.is_over() => return Ok(()),
            Err(_) => {}
            Ok(Some(Ok(happening))) => {
                // The engine begins with what it remembers, the last one that was taken in among it. After
                // that its clock may do as it likes.
                replaying &= since.is_some_and(|since| happening.at <= since);
                if !replaying {
                    inner.take(&happening);
                    let _ = inner.notes.send(Note::About(happening.name, Some(happening.subject)));
                }
                if inner.is_over() {
                    return Ok(());
                }
            }
            Ok(Some(Err(error))) => return Err(error),
            Ok(None) => {
                let text = "the engine ended the stream of its events";
                return Err(eve_core::Error::unavailable(eve_core::codes::BACKEND_UNAVAILABLE, text));
            }
        }
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
