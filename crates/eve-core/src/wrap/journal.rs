//! Journals with something around them.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use super::{Around, Call, Method, Wrap};
use crate::{Entry, Fenced, HolderId, Journal, Lease, LeaseName, Record, Result, StreamId};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<J: Journal, A: Around> Journal for Wrap<J, A> {
    async fn append(
        &self,
        stream: &StreamId,
        expected: u64,
        fence: Option<&Fenced>,
        records: Vec<Record>,
    ) -> Result<u64> {
        let work = || self.inner.append(stream, expected, fence, records.clone());
        self.around.call(Call::new(Method::JournalAppend), work).await
    }

    async fn read(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<Entry>> {
        self.around.call(Call::new(Method::JournalRead), || self.inner.read(stream, after, limit)).await
    }

    fn subscribe(&self, stream: &StreamId, after: u64) -> BoxStream<'static, Result<Entry>> {
        self.around.stream(Call::new(Method::JournalSubscribe), || self.inner.subscribe(stream, after))
    }

    async fn streams(&self, prefix: &str) -> Result<Vec<(StreamId, u64)>> {
        self.around.call(Call::new(Method::JournalStreams), || self.inner.streams(prefix)).await
    }

    async fn last(&self, prefix: &str, limit: usize) -> Result<Vec<Entry>> {
        self.around.call(Call::new(Method::JournalLast), || self.inner.last(prefix, limit)).await
    }

    async fn acquire(&self, lease: &LeaseName, holder: &HolderId, ttl: Duration) -> Result<Lease> {
        self.around.call(Call::new(Method::JournalAcquire), || self.inner.acquire(lease, holder, ttl)).await
    }

    async fn renew(&self, lease: &Lease) -> Result<Lease> {
        self.around.call(Call::new(Method::JournalRenew), || self.inner.renew(lease)).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        self.around.call(Call::new(Method::JournalRelease), || self.inner.release(lease)).await
    }
}
