//! What answers.

use std::borrow::Cow;
use std::fmt::{self, Debug, Display};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use super::Message;
use crate::{Cancel, Result};

/// Names a part within its process, and the version of its messages.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartName {
    name: Cow<'static, str>,
    version: u32,
}

impl PartName {
    /// A name that is known when the program is compiled. The version grows whenever a message or an
    /// answer of the part changes: one side does not understand the other then.
    pub const fn new(name: &'static str, version: u32) -> Self {
        Self { name: Cow::Borrowed(name), version }
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The version of its messages.
    pub fn version(&self) -> u32 {
        self.version
    }
}

impl Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Debug for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// A part of a data plane: holds something, and answers messages about it.
///
/// It decides nothing that an engine decides. It refuses an older fencing token.
#[async_trait]
pub trait Part: Debug + Display + Send + Sync + 'static {
    /// Its name.
    fn name(&self) -> PartName;

    /// Answers one message.
    ///
    /// **Behaviour**
    /// - whoever calls drives the future to its end: a client that goes away stops nothing;
    /// - `cancel` is the client's wish that the work stops.
    ///
    /// # Errors
    /// `control.malformed` for a message that it does not understand, and then nothing has changed;
    /// whatever the work answers.
    async fn call(&self, request: Message, cancel: Cancel) -> Result<Message>;

    /// Answers a message with items as they come. Dropping the stream ends it.
    ///
    /// An error is an item: the stream goes on after it, unless the part ends it.
    fn stream(&self, request: Message) -> BoxStream<'static, Result<Message>>;

    /// True if it holds nothing that has to live on.
    fn is_idle(&self) -> bool;

    /// Ends what it holds, and returns when nothing of it is left.
    async fn shut_down(&self);
}
