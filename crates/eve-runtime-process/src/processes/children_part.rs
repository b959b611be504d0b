//! The part of a supervisor that holds children.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use eve_core::control::{Message, Part, PartName};
use eve_core::{Cancel, Error, Fences, Result, codes};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde::Serialize;

use super::children::Unheld;
use super::wire::{Request, WireLogItem};
use super::{ChildHolder as _, Children};
use crate::config::ProcessConfig;

/// Answers for the children of a state folder, in the process that holds them.
#[derive(Debug, Clone)]
pub struct ChildrenPart {
    children: Children,
}

impl ChildrenPart {
    /// The part's name.
    pub const NAME: PartName = PartName::new("children", 1);

    /// How many items of a log go in one message, if so many are there.
    const ITEMS: usize = 32;

    /// Takes the state folder's lock, and adopts what a former holder left. Needs a tokio runtime
    /// around it. Of the settings only the folder and the bounds of its logs matter here.
    ///
    /// Dropping it leaves the children alone, for a successor to adopt;
    /// [`shut_down`](Part::shut_down) ends them.
    ///
    /// # Errors
    /// `state.held` if another process holds the folder; `state.version`, `state.unreadable`,
    /// `state.read_only`, `state.disk_full`, `state.io`.
    pub async fn open(config: ProcessConfig, fences: Arc<Fences>) -> Result<Self> {
        Ok(Self { children: Children::open(&config, fences, Unheld::RunOn).await? })
    }

    /// The children.
    pub fn children(&self) -> &Children {
        &self.children
    }
}

#[async_trait]
impl Part for ChildrenPart {
    fn name(&self) -> PartName {
        Self::NAME
    }

    async fn call(&self, request: Message, _: Cancel) -> Result<Message> {
        let children = &self.children;
        match request.decode()? {
            Request::Raise { under } => answer(children.raise(&under).await),
            Request::Start { spec, under } => answer(children.start(spec.into_spec()?, &under).await),
            Request::Stop { id, grace, under } => answer(children.stop(&id, grace, &under).await),
            Request::Release { id, remains, under } => answer(children.release(&id, remains, &under).await),
            Request::List { below } => answer(children.list(&below).await),
            Request::Status { id } => answer(children.status(&id).await),
            Request::Watch | Request::Logs { .. } => Err(other_way("as a stream")),
        }
    }

    fn stream(&self, request: Message) -> BoxStream<'static, Result<Message>> {
        match request.decode() {
            Ok(Request::Watch) => self.children.watch().map(answer).boxed(),
            Ok(Request::Logs { id, how }) => {
                let items = self.children.logs(&id, &how.into());
                items.ready_chunks(Self::ITEMS).flat_map(|items| stream::iter(batches(items))).boxed()
            }
            Ok(_) => stream::iter([Err(other_way("by a call"))]).boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    fn is_idle(&self) -> bool {
        self.children.is_idle()
    }

    async fn shut_down(&self) {
        self.children.shutdown().await;
    }
}

impl fmt::Display for ChildrenPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.children.fmt(f)
    }
}

fn answer(result: Result<impl Serialize>) -> Result<Message> {
    Message::of(&result?)
}

/// Items in as few messages as there can be; an error stands alone.
fn batches(items: Vec<Result<eve_core::LogItem>>) -> Vec<Result<Message>> {
    let mut batches = Vec::new();
    let mut batch = Vec::new();
    for item in items {
        match item.and_then(WireLogItem::of) {
            Ok(item) => batch.push(item),
            Err(error) => {
                batches.push(Message::of(&std::mem::take(&mut batch)));
                batches.push(Err(error));
            }
        }
    }
    batches.push(Message::of(&batch));
    batches
}

fn other_way(how: &str) -> Error {
    Error::invalid(codes::CONTROL_MALFORMED, format!("this is asked {how}"))
}
