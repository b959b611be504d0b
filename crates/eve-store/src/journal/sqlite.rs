//! The journal on SQLite.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::{Entry, Env, Fenced, HolderId, Journal, Lease, LeaseName, Record, Result, StreamId};
use futures_util::stream::BoxStream;
use tracing::debug;

use super::command::{Acquire, Append, Command};
use super::connection::Connection;
use super::database::Database;
use super::heads::Heads;
use super::reader::Reader;
use super::stats::{Counters, JournalStats};
use super::subscription::{Signal, follow};
use super::transaction::Transactions;
use super::writer::{Task, Writer};
use crate::access::Access;
use crate::blocking::blocking;
use crate::holders::HolderFolder;

/// The journal in `journal.db`.
///
/// One task writes. Everything that waits for it at one moment is decided in its order within one
/// transaction and made durable by one commit; each append is accepted or refused for itself. An
/// append whose future is dropped is done all the same once it is in the queue.
///
/// Several processes may write: each decides on what it finds, and decides again if that is not what
/// is stored any more once it may write, so an append that lost a race is a `journal.conflict`. The
/// lock of all writers is held by one call of SQLite, from there to the commit. Waiting for it for
/// longer than 10 s is `state.io`, and may be tried again; its hint names who else is at work: a
/// process that was stopped in that very moment lets nobody write until it goes on or ends.
///
/// Leases end by the wall clock; a clock that is set back lengthens them. A lease whose time is over
/// is lost at once, even before somebody else takes it (what was accepted just before and waits for
/// another writer is stored if nobody took it meanwhile), and so is one whose holder is gone: taking a
/// lease shows by a locked file in `holders/` that the holder lives, until the state is closed or the
/// process has ended, however it ends. Nobody waits for the time of a dead one; one that was only
/// stopped keeps its lease for its time. Fences grow over all of that.
///
/// A subscription follows the writer of this process, and looks every 250 ms for what other processes
/// wrote. It ends with the first error, or with the journal.
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
    pub(crate) async fn open(dir: &Path, access: Arc<Access>, env: Arc<dyn Env>, is_set_up: bool) -> Result<Self> {
        let database = Database::of(dir);
        let path = database.path().to_owned();
        let (heads, counters) = (Arc::new(Heads::default()), Arc::new(Counters::default()));
        let connection =
            if access.is_read_only() { None } else { Some(Connection::new(database.writer(is_set_up).await?)) };
        let readers = if connection.is_some() { database.readers() } else { database.only_readers().await? };
        let reader = Reader::new(connection.clone(), readers, path.clone(), Arc::clone(&env));
        let mut writer = None;
        if let Some(connection) = connection {
            let (database, env, access) = (path.clone(), env.clone(), access.clone());
            let transactions = Transactions { connection, database, env, access };
            let folder = HolderFolder::of(dir);
            if let Err(error) = blocking(move || folder.forget_gone()).await {
                debug!(%error, "the files of holders who are gone stay");
            }
            let (reader, heads, counters) = (reader.clone(), heads.clone(), counters.clone());
            writer = Some(Writer::start(Task { transactions, reader, heads, counters }));
        }
        Ok(Self { database: path, env, access, reader, writer, heads, counters })
    }

    /// What its writer has done since it was opened.
    pub fn stats(&self) -> JournalStats {
        self.counters.stats()
    }

    /// Takes nothing more, and waits until what was taken is done.
    pub(crate) async fn close(&self) {
        if let Some(writer) = &self.writer {
            return writer.close().await;
        }
        self.heads.close();
        self.reader.close().await;
    }

    /// As [`close`](Self::close), of a process that ends then.
    pub(crate) async fn leave(&self) {
        match &self.writer {
            Some(writer) => writer.leave().await,
            None => self.close().await,
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
        let signal = Signal { told: self.heads.watch(stream), env: self.env.clone() };
        follow(self.reader.clone(), stream.clone(), after, signal)
    }

    async fn streams(&self, prefix: &str) -> Result<Vec<(StreamId, u64)>> {
        self.reader.streams(prefix).await
    }

    async fn last(&self, prefix: &str, limit: usize) -> Result<Vec<Entry>> {
        self.reader.last(prefix, limit).await
    }

    async fn acquire(&self, lease: &LeaseName, holder: &HolderId, ttl: Duration) -> Result<Lease> {
        let acquire = Acquire { lease: lease.clone(), holder: holder.clone(), ttl };
        let (access, holder) = (self.access.clone(), holder.clone());
        // Before the lease is stored: whoever finds it looks whether its holder lives.
        blocking(move || access.presence()?.enter(&holder)).await?;
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
