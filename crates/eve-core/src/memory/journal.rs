//! A journal in memory.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::leases::Leases;
use super::shared::Shared;
use crate::{Entry, Env, Error, Fenced, HolderId, Journal, Lease, LeaseName, Record, Result, StreamId, codes};

/// A [`Journal`] that lives as long as its handles. Clones share one journal.
#[derive(Clone)]
pub struct MemoryJournal {
    env: Arc<dyn Env>,
    state: Arc<Shared<State>>,
}

#[derive(Default)]
struct State {
    streams: BTreeMap<StreamId, Vec<Record>>,
    leases: Leases,
}

impl MemoryJournal {
    /// An empty journal, whose leases end by the clock of `env`.
    pub fn new(env: Arc<dyn Env>) -> Self {
        Self { env, state: Arc::default() }
    }

    fn entries(&self, stream: &StreamId, after: u64, limit: usize) -> Vec<Entry> {
        self.state.read(|state| {
            let records = state.streams.get(stream).map(Vec::as_slice).unwrap_or_default();
            let skip = usize::try_from(after).unwrap_or(usize::MAX);
            let rest = records.iter().skip(skip).take(limit);
            (after + 1..).zip(rest).map(|(at, record)| Entry::new(stream.clone(), at, record.clone())).collect()
        })
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(
        &self,
        stream: &StreamId,
        expected: u64,
        fence: Option<&Fenced>,
        records: Vec<Record>,
    ) -> Result<u64> {
        self.state.write(|state| {
            if let Some(fence) = fence {
                state.leases.check(&*self.env, fence)?;
            }
            let last = state.streams.get(stream).map_or(0, |records| length(records));
            if last != expected {
                let text = format!("stream {stream} is at {last}, the writer expected {expected}");
                return Err(Error::conflict(codes::JOURNAL_CONFLICT, text));
            }
            if records.is_empty() {
                return Ok(last);
            }
            let kept = state.streams.entry(stream.clone()).or_default();
            kept.extend(records);
            Ok(length(kept))
        })
    }

    async fn read(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<Entry>> {
        Ok(self.entries(stream, after, limit))
    }

    fn subscribe(&self, stream: &StreamId, after: u64) -> BoxStream<'static, Result<Entry>> {
        /// How many entries are copied at a time.
        const PAGE: usize = 256;
        let changes = self.state.changes();
        let from = (self.clone(), stream.clone(), after, changes, VecDeque::new());
        stream::unfold(from, |(journal, stream, mut after, mut changes, mut page)| async move {
            loop {
                if let Some(entry) = page.pop_front() {
                    let entry: Entry = entry;
                    after = entry.sequence;
                    return Some((Ok(entry), (journal, stream, after, changes, page)));
                }
                changes.mark_unchanged();
                page.extend(journal.entries(&stream, after, PAGE));
                if page.is_empty() {
                    changes.changed().await.ok()?;
                }
            }
        })
        .boxed()
    }

    async fn streams(&self, prefix: &str) -> Result<Vec<(StreamId, u64)>> {
        Ok(self.state.read(|state| {
            let named = state.streams.iter().filter(|(id, _)| id.as_str().starts_with(prefix));
            named.map(|(id, records)| (id.clone(), length(records))).collect()
        }))
    }

    async fn last(&self, prefix: &str, limit: usize) -> Result<Vec<Entry>> {
        Ok(self.state.read(|state| {
            let named = state.streams.iter().rev().filter(|(id, _)| id.as_str().starts_with(prefix)).take(limit);
            let last = |(id, records): (&StreamId, &Vec<Record>)| {
                Some(Entry::new(id.clone(), length(records), records.last()?.clone()))
            };
            named.filter_map(last).collect()
        }))
    }

    async fn acquire(&self, lease: &LeaseName, holder: &HolderId, ttl: Duration) -> Result<Lease> {
        self.state.note(|state| state.leases.acquire(&*self.env, lease, holder, ttl))
    }

    async fn renew(&self, lease: &Lease) -> Result<Lease> {
        self.state.note(|state| state.leases.renew(&*self.env, lease))
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        self.state.note(|state| state.leases.release(lease));
        Ok(())
    }
}

impl fmt::Display for MemoryJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}

impl fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let streams = self.state.read(|state| state.streams.len());
        f.debug_struct("MemoryJournal").field("streams", &streams).finish_non_exhaustive()
    }
}

fn length(records: &[Record]) -> u64 {
    records.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, EnvironmentId, ErrorKind, SystemEnv, Timestamp};

    fn record(text: &str) -> Record {
        Record::new("said", 1, Timestamp::default(), Body::of(&text).unwrap())
    }

    fn journal() -> (MemoryJournal, Arc<SystemEnv>) {
        let env = Arc::new(SystemEnv::new());
        (MemoryJournal::new(env.clone()), env)
    }

    #[tokio::test]
    async fn a_subscriber_gets_what_is_there_and_what_comes_each_once() {
        let (journal, _) = journal();
        let stream = StreamId::from_stored("s");
        journal.append(&stream, 0, None, vec![record("a"), record("b")]).await.unwrap();
        let mut entries = journal.subscribe(&stream, 1);
        assert_eq!(entries.next().await.unwrap().unwrap().sequence, 2);
        let (next, last) =
            futures_util::join!(entries.next(), async { journal.append(&stream, 2, None, vec![record("c")]).await });
        assert_eq!((next.unwrap().unwrap().sequence, last.unwrap()), (3, 3));
    }

    #[tokio::test]
    async fn an_older_holder_appends_nothing_and_tokens_grow_for_ever() {
        let (journal, env) = journal();
        let name = LeaseName::environment(&EnvironmentId::parse("a/b/c").unwrap());
        let stream = StreamId::from_stored("s");
        let first = journal.acquire(&name, &HolderId::generate(&*env), Duration::ZERO).await.unwrap();
        let second = journal.acquire(&name, &HolderId::generate(&*env), Duration::from_secs(60)).await.unwrap();
        assert!(second.fence > first.fence);
        let stale = journal.append(&stream, 0, Some(&first.fenced()), vec![record("a")]).await.unwrap_err();
        assert_eq!((stale.code(), stale.kind()), (&codes::LEASE_LOST, ErrorKind::Fenced));
        assert_eq!(journal.renew(&first).await.unwrap_err().code(), &codes::LEASE_LOST);

        let held = journal.acquire(&name, &HolderId::generate(&*env), Duration::ZERO).await.unwrap_err();
        assert_eq!(held.code(), &codes::LEASE_HELD);
        assert!(held.hint().unwrap().contains(&second.holder.to_string()));
        journal.append(&stream, 0, Some(&second.fenced()), vec![record("a")]).await.unwrap();

        journal.release(&second).await.unwrap();
        let third = journal.acquire(&name, &HolderId::generate(&*env), Duration::ZERO).await.unwrap();
        assert!(third.fence > second.fence);
    }
}
