//! The way to a supervisor.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Context;

use async_trait::async_trait;
use eve_core::control::{Channel, Message, PartName};
use eve_core::{Cancel, Result};
use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use futures_util::task::noop_waker_ref;
use tokio::sync::{mpsc, oneshot};

use super::ControlOptions;
use super::connector::Connector;
use super::items::{Items, Source};
use super::link::Link;
use super::pending::lost;
use crate::launch::Launcher;
use crate::place::Place;
use crate::protocol::Welcome;

/// The way to the supervisor of a state directory: one connection for all calls and streams.
///
/// A connection that was lost is made again by the next call; where a [`Launcher`] was given, that
/// starts a new supervisor if there is none. Needs a tokio runtime around every use. Clones share the
/// connection; it closes with the last of them and of their streams.
#[derive(Debug, Clone)]
pub struct Control(Arc<Shared>);

struct Shared {
    connector: Connector,
    /// One goes through at a time, in the order in which they came: so they are sent in that order.
    gate: Arc<tokio::sync::Mutex<Arc<Link>>>,
    welcome: Mutex<Welcome>,
}

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
        self.welcome().pid
    }

    /// The supervisor's version, as of the last connection.
    pub fn version(&self) -> String {
        self.welcome().version
    }

    /// The parts that the supervisor holds, as of the last connection.
    pub fn parts(&self) -> Vec<PartName> {
        self.welcome().parts
    }

    async fn with(dir: &Path, launcher: Option<Launcher>, options: ControlOptions) -> Result<Self> {
        let connector = Connector { place: Place::of(dir)?, launcher, options };
        let link = connector.connect().await?;
        let welcome = Mutex::new(link.welcome().clone());
        let gate = Arc::new(tokio::sync::Mutex::new(Arc::new(link)));
        Ok(Self(Arc::new(Shared { connector, gate, welcome })))
    }

    fn welcome(&self) -> Welcome {
        self.0.welcome.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A call that was sent.
struct Sent {
    link: Arc<Link>,
    id: u64,
    answer: oneshot::Receiver<Result<Message>>,
}

impl Shared {
    /// Sends a call when its turn comes.
    async fn send(&self, part: &PartName, request: &Message) -> Result<Sent> {
        let mut open = self.gate.lock().await;
        loop {
            if let Some((id, answer)) = open.call(part, request).await? {
                return Ok(Sent { link: Arc::clone(&open), id, answer });
            }
            *open = self.reopen().await?;
        }
    }

    /// Asks for a stream when its turn comes.
    async fn ask(
        self: Arc<Self>,
        part: PartName,
        request: Message,
        tell: mpsc::Sender<Result<Message>>,
        source: Arc<Source>,
    ) {
        let mut open = Arc::clone(&self.gate).lock_owned().await;
        let asked = loop {
            match open.stream(&part, &request, tell.clone()).await {
                Ok(Some(id)) => break Ok(id),
                Ok(None) => {}
                Err(error) => break Err(error),
            }
            match self.reopen().await {
                Ok(link) => *open = link,
                Err(error) => break Err(error),
            }
        };
        match asked {
            Ok(id) => {
                source.is(Arc::clone(&open), id);
                if tell.is_closed() {
                    source.end();
                }
            }
            Err(error) => {
                let _ = tell.try_send(Err(error));
            }
        }
    }

    async fn reopen(&self) -> Result<Arc<Link>> {
        let link = self.connector.connect().await?;
        *self.welcome.lock().unwrap_or_else(PoisonError::into_inner) = link.welcome().clone();
        Ok(Arc::new(link))
    }
}

#[async_trait]
impl Channel for Control {
    async fn call(&self, part: &PartName, request: Message, cancel: &Cancel) -> Result<Message> {
        let Sent { link, id, mut answer } = tokio::select! {
            biased;
            sent = self.0.send(part, &request) => sent?,
            () = cancel.cancelled() => return Err(Cancel::error()),
        };
        drop(request);
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
        let mut ask = Arc::clone(&self.0).ask(part.clone(), request, tell, source).boxed();
        // Once here, so that it has its turn before whatever is asked after it.
        if ask.poll_unpin(&mut Context::from_waker(noop_waker_ref())).is_pending() {
            tokio::spawn(ask);
        }
        items.boxed()
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "supervisor of {}", self.0.connector.place.dir().display())
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("connector", &self.connector).finish_non_exhaustive()
    }
}
