//! The way to parts.

use std::fmt::{Debug, Display};

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use super::{Message, PartName};
use crate::{Cancel, Result};

/// A way to the parts of a data plane, wherever they live.
#[async_trait]
pub trait Channel: Debug + Display + Send + Sync + 'static {
    /// Asks a part, and waits for its answer.
    ///
    /// **Behaviour**
    /// - `cancel` reaches the part; its answer is still waited for;
    /// - dropping the future stops waiting, not the work;
    /// - messages of one channel reach their parts in the order in which they were sent.
    ///
    /// # Errors
    /// Whatever the part answers; `control.unknown_part`; `supervisor.lost` (retryable) if the other
    /// side went away before it answered: then the work may be done or not.
    async fn call(&self, part: &PartName, request: Message, cancel: &Cancel) -> Result<Message>;

    /// Asks a part for items as they come. Dropping the stream tells the part.
    ///
    /// When the other side goes away, the last item is the error `supervisor.lost`.
    fn stream(&self, part: &PartName, request: Message) -> BoxStream<'static, Result<Message>>;
}
