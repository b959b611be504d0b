//! The way to a supervisor.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use eve_core::control::{Channel, Message, PartName};
use eve_core::{Cancel, Result};
use futures_util::stream::BoxStream;
use futures_util::task::noop_waker_ref;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::task::{JoinHandle, unconstrained};

use super::ControlOptions;
use super::connector::Connector;
use super::gate::{Gate, Sent};
use super::items::Items;
use super::pending::lost;
use crate::launch::Launcher;
use crate::place::Place;

/// The way to the supervisor of a state directory: one connection for all calls and streams.
///
/// A connection that was lost is made again by the next call; where a [`Launcher`] was given, that
/// starts a new supervisor if there is none. Needs a tokio runtime around every use. Clones share the
/// connection; it closes with the last of them and of their streams.
#[derive(Debug, Clone)]
pub struct Control(Arc<Gate>);

impl Control {
    /// Connects to the supervisor that runs for a state directory.
    ///
    /// # Errors
    /// `supervisor.unavailable` if none runs; `control.denied` if it is another user's;
    /// `control.version`.
    pub async fn connect(dir: impl AsRef<Path>) -> Result<Self> {
        Self::with(dir.as_ref(), None, ControlOptions::default()).await
    }

    /// Connects as [`connect`](Self::connect) does, with other deadlines.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with(dir: impl AsRef<Path>, options: ControlOptions) -> Result<Self> {
        Self::with(dir.as_ref(), None, options).await
    }

    /// Connects to the supervisor of a state directory, and starts it where none runs; now, and
    /// whenever it is needed and gone.
    ///
    /// # Errors
    /// `supervisor.unavailable` if none can be started; whatever it cannot make its parts for;
    /// `control.denied`, `control.version`; `state.read_only`, `state.disk_full`, `state.io`.
    pub async fn open(dir: impl AsRef<Path>, launcher: Launcher) -> Result<Self> {
        Self::with(dir.as_ref(), Some(launcher), ControlOptions::default()).await
    }

    /// Opens as [`open`](Self::open) does, with other deadlines.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(dir: impl AsRef<Path>, launcher: Launcher, options: ControlOptions) -> Result<Self> {
        Self::with(dir.as_ref(), Some(launcher), options).await
    }

    /// The supervisor's process id, as of the last connection.
    pub fn pid(&self) -> u32 {
        self.0.welcome().pid
    }

    /// The supervisor's version, as of the last connection.
    pub fn version(&self) -> String {
        self.0.welcome().version
    }

    /// The parts that the supervisor holds, as of the last connection.
    pub fn parts(&self) -> Vec<PartName> {
        self.0.welcome().parts
    }

    async fn with(dir: &Path, launcher: Option<Launcher>, options: ControlOptions) -> Result<Self> {
        let connector = Connector { place: Place::of(dir)?, launcher, options };
        Gate::open(connector).await.map(|gate| Self(Arc::new(gate)))
    }
}

#[async_trait]
impl Channel for Control {
    async fn call(&self, part: &PartName, request: Message, cancel: &Cancel) -> Result<Message> {
        let sent = match begun(Arc::clone(&self.0).send(part.clone(), request)) {
            Begun::Done(sent) => sent?,
            Begun::Waits(mut task) => {
                let sent = tokio::select! {
                    biased;
                    sent = &mut task => sent,
                    () = cancel.cancelled() => {
                        task.abort();
                        task.await
                    }
                };
                sent.unwrap_or_else(|e| Err(if e.is_cancelled() { Cancel::error() } else { lost(None) }))?
            }
        };
        let Sent { link, id, mut answer } = sent;
        let answered = tokio::select! {
            biased;
            answered = &mut answer => answered,
            () = cancel.cancelled() => {
                link.cancel(id);
                answer.await
            }
        };
        answered.unwrap_or_else(|_| Err(lost(None)))
    }

    fn stream(&self, part: &PartName, request: Message) -> BoxStream<'static, Result<Message>> {
        let (items, tell, source) = Items::new();
        begun(Arc::clone(&self.0).ask(part.clone(), request, tell, source));
        items.boxed()
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Work that has its turn.
enum Begun<T> {
    Done(T),
    Waits(JoinHandle<T>),
}

/// Begins work now, so that it has its turn before whatever comes after it.
///
/// What has to wait does so in a task of its own: a future that its owner does not poll for a while
/// would hold up everybody behind it.
fn begun<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Begun<T> {
    // A task that has used its time up could not even queue, and would lose its turn.
    let mut work = unconstrained(work.boxed());
    match work.poll_unpin(&mut Context::from_waker(noop_waker_ref())) {
        Poll::Ready(done) => Begun::Done(done),
        Poll::Pending => Begun::Waits(tokio::spawn(work)),
    }
}
