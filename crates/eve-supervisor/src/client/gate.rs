//! What every call and stream goes through.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use eve_core::Result;
use eve_core::control::{Message, PartName};
use tokio::sync::{mpsc, oneshot};

use super::connector::Connector;
use super::items::Source;
use super::link::Link;
use crate::protocol::Welcome;

/// The connection, and the way to a new one. One goes through at a time, in the order in which they
/// came: so they are sent in that order.
pub(super) struct Gate {
    connector: Connector,
    link: tokio::sync::Mutex<Arc<Link>>,
    welcome: Mutex<Welcome>,
}

/// A call that was sent.
pub(super) struct Sent {
    pub(super) link: Arc<Link>,
    pub(super) id: u64,
    pub(super) answer: oneshot::Receiver<Result<Message>>,
}

impl Gate {
    pub(super) async fn open(connector: Connector) -> Result<Self> {
        let link = connector.connect().await?;
        let welcome = Mutex::new(link.welcome().clone());
        Ok(Self { connector, link: tokio::sync::Mutex::new(Arc::new(link)), welcome })
    }

    /// What the supervisor said of itself at the last connection.
    pub(super) fn welcome(&self) -> Welcome {
        self.welcome.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a call when its turn comes.
    pub(super) async fn send(self: Arc<Self>, part: PartName, request: Message) -> Result<Sent> {
        let mut link = self.link.lock().await;
        loop {
            if let Some((id, answer)) = link.call(&part, &request).await? {
                return Ok(Sent { link: Arc::clone(&link), id, answer });
            }
            *link = self.reopen().await?;
        }
    }

    /// Asks for a stream when its turn comes.
    pub(super) async fn ask(
        self: Arc<Self>,
        part: PartName,
        request: Message,
        tell: mpsc::Sender<Result<Message>>,
        source: Arc<Source>,
    ) {
        let mut link = self.link.lock().await;
        let asked = loop {
            match link.stream(&part, &request, tell.clone()).await {
                Ok(Some(id)) => break Ok(id),
                Ok(None) => {}
                Err(error) => break Err(error),
            }
            match self.reopen().await {
                Ok(next) => *link = next,
                Err(error) => break Err(error),
            }
        };
        match asked {
            Ok(id) => {
                source.is(Arc::clone(&link), id);
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

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "supervisor of {}", self.connector.place.dir().display())
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("connector", &self.connector).finish_non_exhaustive()
    }
}
