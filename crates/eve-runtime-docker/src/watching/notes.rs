//! What a watch hears.

use eve_core::{Error, Result, codes};
use tokio::sync::broadcast;

/// Something that a watch may want to look at.
#[derive(Debug, Clone)]
pub(crate) enum Note {
    /// Something happened to the object of this name, or it was found to be otherwise.
    About(String),
    /// Happenings may have been missed, for this reason.
    Gap(String),
}

/// What came in of an environment.
#[derive(Debug)]
pub(crate) enum Touched {
    /// Something: it is time to look.
    Yes,
    /// The word of the engine broke off; it is tried to hear it again.
    Lost(Error),
}

/// One listener.
#[derive(Debug)]
pub(crate) struct Notes(pub(super) broadcast::Receiver<Note>);

impl Notes {
    /// Waits until something was touched whose name begins like this. What came in meanwhile is one
    /// look.
    pub(crate) async fn touched(&mut self, prefix: &str) -> Touched {
        loop {
            match self.next(prefix).await {
                Ok(true) => break,
                Ok(false) => {}
                Err(gap) => return Touched::Lost(gap),
            }
        }
        while !self.0.is_empty() {
            if let Err(gap) = self.next(prefix).await {
                return Touched::Lost(gap);
            }
        }
        Touched::Yes
    }

    async fn next(&mut self, prefix: &str) -> Result<bool> {
        match self.0.recv().await {
            Ok(Note::About(name)) => Ok(name.starts_with(prefix)),
            Ok(Note::Gap(why)) => Err(Error::unavailable(codes::BACKEND_UNAVAILABLE, why)),
            // More than anybody keeps: a look tells all of it.
            Err(broadcast::error::RecvError::Lagged(_)) => Ok(true),
            // The sender lives in the feed, which every watch holds.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
