//! A channel within one process.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::oneshot;

use crate::control::{Channel, Message, Part, PartName};
use crate::{Cancel, Env, Error, Result, codes};

/// A channel to parts of the same process. Only messages pass, as through any other.
#[derive(Debug, Clone)]
pub struct MemoryChannel {
    env: Arc<dyn Env>,
    parts: Arc<BTreeMap<PartName, Arc<dyn Part>>>,
}

impl MemoryChannel {
    /// A channel to these parts.
    pub fn new(env: Arc<dyn Env>, parts: impl IntoIterator<Item = Arc<dyn Part>>) -> Self {
        let parts = parts.into_iter().map(|part| (part.name(), part)).collect();
        Self { env, parts: Arc::new(parts) }
    }

    fn part(&self, name: &PartName) -> Result<Arc<dyn Part>> {
        self.parts
            .get(name)
            .cloned()
            .ok_or_else(|| Error::unsupported(codes::CONTROL_UNKNOWN_PART, format!("no part is named {name}")))
    }
}

#[async_trait]
impl Channel for MemoryChannel {
    async fn call(&self, part: &PartName, request: Message, cancel: &Cancel) -> Result<Message> {
        let (part, cancel) = (self.part(part)?, cancel.clone());
        let (tell, answer) = oneshot::channel();
        // In a task of its own: who stops waiting stops nothing.
        self.env.spawn(Box::pin(async move {
            let _ = tell.send(part.call(request, cancel).await);
        }));
        answer.await.unwrap_or_else(|_| Err(Error::unavailable(codes::SUPERVISOR_LOST, "the part went away")))
    }

    fn stream(&self, part: &PartName, request: Message) -> BoxStream<'static, Result<Message>> {
        match self.part(part) {
            Ok(part) => part.stream(request),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }
}

impl fmt::Display for MemoryChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}
