//! Following a stream.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use eve_core::{Entry, Env, Result, StreamId};
use futures_util::future::{self, Either};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::watch;

use super::reader::Reader;

/// Entries that are read at once.
const PAGE: usize = 128;

/// How often one looks for what other processes wrote.
const POLL: Duration = Duration::from_millis(250);

/// How a subscription learns that there may be more: this process's writer says so, and what others
/// wrote is looked for after a while.
pub(super) struct Signal {
    pub(super) told: watch::Receiver<u64>,
    pub(super) env: Arc<dyn Env>,
}

impl Signal {
    /// Forgets what was said so far: what is read from here on includes it.
    fn reset(&mut self) {
        self.told.mark_unchanged();
    }

    /// Waits until there may be more. False if nothing comes any more.
    async fn wait(&mut self) -> bool {
        let told = std::pin::pin!(self.told.changed());
        match future::select(told, self.env.sleep(POLL)).await {
            Either::Left((told, _)) => told.is_ok(),
            Either::Right(_) => true,
        }
    }
}

/// A stream's entries after `after`, each once and in order, now and later. It ends with the first
/// error, or when the journal is closed.
pub(super) fn follow(
    reader: Reader,
    stream: StreamId,
    after: u64,
    signal: Signal,
) -> BoxStream<'static, Result<Entry>> {
    let state = Following { reader, stream, after, signal, page: VecDeque::new(), is_over: false };
    stream::unfold(state, |mut state| async move { state.next().await.map(|item| (item, state)) }).boxed()
}

struct Following {
    reader: Reader,
    stream: StreamId,
    after: u64,
    signal: Signal,
    page: VecDeque<Entry>,
    is_over: bool,
}

impl Following {
    async fn next(&mut self) -> Option<Result<Entry>> {
        loop {
            if let Some(entry) = self.page.pop_front() {
                self.after = entry.sequence;
                return Some(Ok(entry));
            }
            if self.is_over {
                return None;
            }
            self.signal.reset();
            match self.reader.read(&self.stream, self.after, PAGE).await {
                Ok(page) if page.is_empty() => self.is_over = !self.signal.wait().await,
                Ok(page) => self.page = page.into(),
                Err(_) if self.reader.is_closed() => return None,
                Err(error) => {
                    self.is_over = true;
                    return Some(Err(error));
                }
            }
        }
    }
}
