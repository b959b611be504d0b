//! Children behind a channel.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::control::{Channel, Message, PartName};
use eve_core::{Cancel, ErrorKind, LogItem, LogOptions, Result};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde::de::DeserializeOwned;

use super::wire::{Request, WireLogItem, WireSpec};
use super::{Begun, ChildHolder, ChildId, ChildSpec, ChildStatus, ChildrenPart, Mandate, Remains};

/// Children that another process holds, behind a [`ChildrenPart`]. Clones share the channel.
#[derive(Debug, Clone)]
pub struct RemoteChildren {
    channel: Arc<dyn Channel>,
}

impl RemoteChildren {
    const PART: PartName = ChildrenPart::NAME;
    /// The pause before a stream that was lost is asked for again. It doubles with every time in a
    /// row.
    const PAUSE: Duration = Duration::from_millis(50);
    const LONGEST_PAUSE: Duration = Duration::from_secs(2);
    /// How often in a row a log may be lost without a single item in between.
    const TRIES: u32 = 10;

    /// The children behind a channel.
    pub fn new(channel: Arc<dyn Channel>) -> Self {
        Self { channel }
    }

    async fn ask<T: DeserializeOwned>(&self, request: &Request) -> Result<T> {
        // Whoever stops waiting stops nothing, so there is nothing to cancel.
        let cancel = Cancel::new();
        self.channel.call(&Self::PART, Message::of(request)?, &cancel).await?.decode()
    }

    async fn pause(lost: &mut u32) {
        let pause = Self::PAUSE.saturating_mul(2_u32.saturating_pow(*lost)).min(Self::LONGEST_PAUSE);
        *lost = lost.saturating_add(1);
        tokio::time::sleep(pause).await;
    }

    fn open(&self, request: &Request) -> BoxStream<'static, Result<Message>> {
        match Message::of(request) {
            Ok(message) => self.channel.stream(&Self::PART, message),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }
}

#[async_trait]
impl ChildHolder for RemoteChildren {
    async fn raise(&self, under: &Mandate) -> Result<()> {
        self.ask(&Request::Raise { under: under.clone() }).await
    }

    async fn start(&self, spec: ChildSpec, under: &Mandate) -> Result<Begun> {
        self.ask(&Request::Start { spec: Box::new(WireSpec::of(&spec)), under: under.clone() }).await
    }

    async fn stop(&self, id: &ChildId, grace: Duration, under: &Mandate) -> Result<Option<ChildStatus>> {
        self.ask(&Request::Stop { id: id.clone(), grace, under: under.clone() }).await
    }

    async fn release(&self, id: &ChildId, remains: Remains, under: &Mandate) -> Result<bool> {
        self.ask(&Request::Release { id: id.clone(), remains, under: under.clone() }).await
    }

    async fn list(&self, below: &str) -> Result<Vec<ChildStatus>> {
        self.ask(&Request::List { below: below.to_owned() }).await
    }

    async fn status(&self, id: &ChildId) -> Result<Option<ChildStatus>> {
        self.ask(&Request::Status { id: id.clone() }).await
    }

    fn watch(&self) -> BoxStream<'static, Result<u64>> {
        let first = self.open(&Request::Watch);
        stream::unfold((self.clone(), first, 0), |(this, mut counts, mut lost)| async move {
            loop {
                if let Some(count) = counts.next().await {
                    let count = count.and_then(|count| count.decode());
                    lost = if count.is_ok() { 0 } else { lost };
                    return Some((count, (this, counts, lost)));
                }
                Self::pause(&mut lost).await;
                counts = this.open(&Request::Watch);
            }
        })
        .boxed()
    }

    fn logs(&self, id: &ChildId, how: &LogOptions) -> BoxStream<'static, Result<LogItem>> {
        RemoteLog::new(self.clone(), id.clone(), how.clone()).stream()
    }
}

impl fmt::Display for RemoteChildren {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "children behind {}", self.channel)
    }
}

/// A log that is read on behind the last line when its holder was lost. What was lost with it stands
/// in the log as a gap.
struct RemoteLog {
    children: RemoteChildren,
    id: ChildId,
    how: LogOptions,
    messages: BoxStream<'static, Result<Message>>,
    lost: u32,
    ended: bool,
}

impl RemoteLog {
    fn new(children: RemoteChildren, id: ChildId, how: LogOptions) -> Self {
        let messages = children.open(&Request::Logs { id: id.clone(), how: (&how).into() });
        Self { children, id, how, messages, lost: 0, ended: false }
    }

    fn stream(self) -> BoxStream<'static, Result<LogItem>> {
        stream::unfold(self, |mut log| async move { Some((log.next().await?, log)) }).flat_map(stream::iter).boxed()
    }

    async fn next(&mut self) -> Option<Vec<Result<LogItem>>> {
        // Whoever told the end may go away after it.
        while !self.ended {
            let items = self.messages.next().await?.and_then(|message| message.decode::<Vec<WireLogItem>>());
            match items {
                Ok(items) => {
                    let items: Vec<LogItem> = items.into_iter().map(LogItem::from).collect();
                    self.note(&items);
                    return Some(items.into_iter().map(Ok).collect());
                }
                Err(error) if error.kind() == ErrorKind::Unavailable && self.lost < RemoteChildren::TRIES => {
                    RemoteChildren::pause(&mut self.lost).await;
                    self.messages = self.children.open(&Request::Logs { id: self.id.clone(), how: (&self.how).into() });
                }
                Err(error) => return Some(vec![Err(error)]),
            }
        }
        None
    }

    /// Remembers how far it was read.
    fn note(&mut self, items: &[LogItem]) {
        self.lost = 0;
        for item in items {
            match item {
                LogItem::Line { source, cursor, .. } => {
                    self.how.tail = None;
                    self.how.after.insert(source.clone(), cursor.clone());
                }
                LogItem::Ended { .. } => self.ended = true,
                _ => {}
            }
        }
    }
}
