//! A journal at whose writing an engine dies.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use eve_core::memory::MemoryJournal;
use eve_core::{Entry, Fenced, HolderId, Journal, Lease, LeaseName, Record, Result, StreamId};
use futures_util::stream::BoxStream;
use tokio::sync::Notify;

/// A journal whose engine dies at one of its appends: nothing comes back from it, ever.
#[derive(Debug, Clone)]
pub(crate) struct DeadlyJournal {
    inner: MemoryJournal,
    left: Arc<AtomicI64>,
    /// Whether the last append happens.
    happens: bool,
    dead: Arc<Notify>,
}

impl DeadlyJournal {
    /// Dies at the `nth` append (from 1), before or after it happened.
    pub(crate) fn new(inner: MemoryJournal, nth: i64, happens: bool) -> Self {
        Self { inner, left: Arc::new(AtomicI64::new(nth)), happens, dead: Arc::default() }
    }

    /// Waits for the death.
    pub(crate) async fn died(&self) {
        self.dead.notified().await;
    }
}

#[async_trait]
impl Journal for DeadlyJournal {
    async fn append(
        &self,
        stream: &StreamId,
        expected: u64,
        fence: Option<&Fenced>,
        records: Vec<Record>,
    ) -> Result<u64> {
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        if left > 1 || (left == 1 && self.happens) {
            let done = self.inner.append(stream, expected, fence, records).await;
            if left > 1 {
                return done;
            }
        }
        self.dead.notify_one();
        std::future::pending().await
    }

    async fn read(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<Entry>> {
        self.inner.read(stream, after, limit).await
    }

    fn subscribe(&self, stream: &StreamId, after: u64) -> BoxStream<'static, Result<Entry>> {
        self.inner.subscribe(stream, after)
    }

    async fn streams(&self, prefix: &str) -> Result<Vec<(StreamId, u64)>> {
        self.inner.streams(prefix).await
    }

    async fn acquire(&self, lease: &LeaseName, holder: &HolderId, ttl: Duration) -> Result<Lease> {
        self.inner.acquire(lease, holder, ttl).await
    }

    async fn renew(&self, lease: &Lease) -> Result<Lease> {
        self.inner.renew(lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        self.inner.release(lease).await
    }
}

impl fmt::Display for DeadlyJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadly")
    }
}
