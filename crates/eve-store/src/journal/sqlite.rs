//! The journal on SQLite.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::{Entry, Env, Fenced, HolderId, Journal, Lease, LeaseName, Record, Result, StreamId};
use futures_util::stream::BoxStream;

use super::command::{Acquire, Append, Command};
use super::database::Database;
use super::heads::Heads;
use super::reader::Reader;
use super::stats::{Counters, JournalStats};
use super::subscription::{Signal, follow};
use super::writer::{Task, Writer};
use crate::access::Access;

/// The journal in `journal.db`.
///
/// One task writes. Everything that waits for it at one moment is decided in its order within one
/// transaction and made durable by one commit; each append is accepted or refused for itself. An
/// append whose future is dropped is done all the same once it is in the queue.
///
/// Leases end by the wall clock; a clock that is set back lengthens them. A lease whose time is over
/// is lost at once, even before somebody else takes it. Opening for writing ends every lease of
/// former writers, which the directory's lock proves to be gone: nobody waits for the time of a dead
/// one. Fences grow over all of that.
///
/// A subscription follows the writer of this process; a journal that was opened for reading looks
/// every 250 ms for what another process wrote. It ends with the first error, or with the journal.
#[derive(Debug)]
pub struct SqliteJournal {
    database: PathBuf,
    env: Arc<dyn Env>,
    access: Arc<Access>,
    reader: Reader,
    writer: Option<Writer>,
    heads: Arc<Heads>,
    counters: Arc<Counters>,
}

impl SqliteJournal {
    /// Opens the journal of a state directory.
    pub(crate) async fn open(dir: &Path, access: Arc<Access>, env: Arc<dyn Env>, is_new: bool) -> Result<Self> {
        let database = Database::of(dir);
        let path = database.path().to_owned();
        let (heads, counters) = (Arc::new(Heads::default()), Arc::new(Counters::default()));
        let connection = if access.is_read_only() { None } else { Some(database.writer(is_new).await?) };
        let reader = Reader::new(database.readers().await?, path.clone());
        let writer = connection.map(|connection| {
            let counters = counters.clone();
            let task = Task { env: env.clone(), connection, reader: reader.clone(), heads: heads.clone(), counters };
            Writer::start(task, access.clone())
        });
        Ok(Self { database: path, env, access, reader, writer, heads, counters })
    }

    /// What its writer has done since it was opened.
    pub fn stats(&self) -> JournalStats {
        self.counters.stats()
    }

    /// Takes nothing more, and waits until what was taken is done.
    pub(crate) async fn close(&self) {
        match &self.writer {
            Some(writer) => writer.close().await,
            None => self.reader.close(&*self.env).await,
        }
    }

    fn writer(&self) -> Result<&Writer> {
        self.access.check_write()?;
        self.writer.as_ref().ok_or_else(|| crate::intent::read_only(&self.database))
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    async fn append(
        &self,
        stream: &StreamId,
        expected: u64,
        fence: Option<&Fenced>,
        records: Vec<Record>,
    ) -> Result<u64> {
        let append = Append { stream: stream.clone(), expected, fence: fence.cloned(), records };
        self.writer()?.ask(append, Command::Append).await
    }

    async fn read(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<Entry>> {
        self.reader.read(stream, after, limit).await
    }

    fn subscribe(&self, stream: &StreamId, after: u64) -> BoxStream<'static, Result<Entry>> {
        let signal = match &self.writer {
            Some(_) => Signal::Told(self.heads.watch(stream)),
            None => Signal::Polled(self.env.clone()),
        };
        follow(self.reader.clone(), stream.clone(), after, signal)
    }

    async fn streams(&self, prefix: &str) -> Result<Vec<(StreamId, u64)>> {
        self.reader.streams(prefix).await
    }

    async fn acquire(&self, lease: &LeaseName, holder: &HolderId, ttl: Duration) -> Result<Lease> {
        let acquire = Acquire { lease: lease.clone(), holder: holder.clone(), ttl };
        self.writer()?.ask(acquire, Command::Acquire).await
    }

    async fn renew(&self, lease: &Lease) -> Result<Lease> {
        self.writer()?.ask(lease.clone(), Command::Renew).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        self.writer()?.ask(lease.clone(), Command::Release).await
    }
}

impl fmt::Display for SqliteJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SQLite journal in {}", self.database.display())
    }
}
