//! What a watch hears.

use eve_core::{Error, Result, codes};
use tokio::sync::broadcast;

use super::touch::Touch;
use crate::api::Subject;

/// Something that a watch may want to look at.
#[derive(Debug, Clone)]
pub(crate) enum Note {
    /// Something happened under this name to that; none where the container of this name was found to be otherwise.
    About(String, Option<Subject>),
    /// Happenings may have been missed, for this reason.
    Gap(String),
}

/// What came in of an environment.
#[derive(Debug)]
pub(crate) enum Touched {
    /// This: it is time to look.
    Yes(Touch),
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
        let mut touch = Touch::default();
        let mut is_touched = false;
        while !is_touched || !self.0.is_empty() {
            match self.next(prefix, &mut touch).await {
                Ok(is_ours) => is_touched |= is_ours,
                Err(gap) => return Touched::Lost(gap),
            }
        }
        Touched::Yes(touch)
    }

    async fn next(&mut self, prefix: &str, touch: &mut Touch) -> Result<bool> {
        match self.0.recv().await {
            Ok(Note::About(name, subject)) => {
                let is_ours = name.starts_with(prefix);
                subject.into_iter().filter(|_| is_ours).for_each(|subject| touch.add(subject));
                Ok(is_ours)
            }
            Ok(Note::Gap(why)) => Err(Error::unavailable(codes::BACKEND_UNAVAILABLE, why)),
            // More than anybody keeps: a look at everything tells all of it.
            Err(broadcast::error::RecvError::Lagged(_)) => {
                touch.everything = true;
                Ok(true)
            }
            // The sender lives in the feed, which every watch holds.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
