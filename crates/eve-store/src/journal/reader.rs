//! Reading, and checking what was read.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eve_core::{Body, Deadline, Entry, Env, Error, Record, Result, StreamId, Timestamp, codes};
use sqlx::Row as _;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::debug;

use super::chain::Head;
use super::connection::Connection;
use super::question::Question;
use crate::intent::{Intent, unreadable};

/// How long closing waits for readers.
const CLOSING: Duration = Duration::from_secs(2);

/// Reads entries, each checked against its digest.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    writing: Option<Connection>,
    pool: SqlitePool,
    env: Arc<dyn Env>,
    /// The runtime on which the journal was opened, which drives the writer, too.
    runtime: Handle,
    database: PathBuf,
}

impl Reader {
    /// A reader on its connections, and on the one that writes while it is idle. Needs a tokio runtime around
    /// it.
    pub(super) fn new(writing: Option<Connection>, pool: SqlitePool, database: PathBuf, env: Arc<dyn Env>) -> Self {
        Self { writing, pool, env, runtime: Handle::current(), database }
    }

    /// Entries of a stream after a sequence, oldest first, at most `limit`.
    pub(super) async fn read(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<Entry>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        // One more: the entry before the first one asked for holds the digest to go on from.
        let rows = limit.saturating_add(u64::from(after > 0));
        let rows = self.ask(Question::Entries { stream: stream.clone(), from: after, limit: rows }).await?;
        self.check(stream, after, limit, &rows)
    }

    /// The streams whose name begins with `prefix`.
    pub(super) async fn streams(&self, prefix: &str) -> Result<Vec<(StreamId, u64)>> {
        let rows = self.ask(Question::Streams { prefix: prefix.to_owned() }).await?;
        let stream = |row: &SqliteRow| {
            Ok((StreamId::from_stored(row.try_get::<String, _>(0)?), row.try_get::<i64, _>(1)?.cast_unsigned()))
        };
        rows.iter().map(stream).collect::<sqlx::Result<_>>().map_err(|source| self.failed(source))
    }

    /// The last entry of each stream whose name begins with `prefix`, the greatest names first.
    pub(super) async fn last(&self, prefix: &str, limit: usize) -> Result<Vec<Entry>> {
        let rows = self.ask(Question::Last { prefix: prefix.to_owned(), limit }).await?;
        rows.iter().map(|row| self.check_last(row)).collect()
    }

    /// True once nothing can be read any more.
    pub(super) fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// Closes the connections. Waits for those that are in use, but not for long: a subscription
    /// that nobody polls may be in the middle of a read.
    pub(super) async fn close(&self) {
        let closing = self.pool.close();
        if Deadline::after(&*self.env, CLOSING).limit(&*self.env, "readers", closing).await.is_err() {
            debug!("a reader of the journal is still in use");
        }
    }

    /// Follows the chain through the rows: each entry is where it should be and is what was
    /// written, and nothing is missing at the end.
    async fn ask(&self, question: Question) -> Result<Vec<SqliteRow>> {
        let Some(mut idle) = self.writing.as_ref().and_then(Connection::if_idle) else {
            return question.query().fetch_all(&self.pool).await.map_err(|source| self.failed(source));
        };
        let (tell, rows) = oneshot::channel();
        let asked = question.clone();
        // Not by whoever asks, nor on its runtime: what is not driven any more would let nobody write.
        self.runtime.spawn(async move {
            let rows = asked.query().fetch_all(&mut *idle).await;
            drop(idle);
            let _ = tell.send(rows);
        });
        let rows = match rows.await {
            Ok(rows) => rows,
            // That runtime is gone, and nobody writes any more.
            Err(_) => question.query().fetch_all(&self.pool).await,
        };
        rows.map_err(|source| self.failed(source))
    }

    fn check(&self, stream: &StreamId, after: u64, limit: u64, rows: &[SqliteRow]) -> Result<Vec<Entry>> {
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let end = self.head(first, 0)?;
        if after >= end.sequence {
            return Ok(Vec::new());
        }
        let mut at = Head::default();
        let mut rows = rows.iter();
        if after > 0 {
            at = rows.next().map(|row| self.head(row, 2)).transpose()?.unwrap_or_default();
            if at.sequence != after {
                return Err(self.damaged(stream, after));
            }
        }
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            let record =
                Self::record(row).map_err(|source| self.damaged(stream, at.sequence + 1).with_source(source))?;
            at = at.next(stream, &record);
            if self.head(row, 2)? != at {
                return Err(self.damaged(stream, at.sequence));
            }
            entries.push(Entry::new(stream.clone(), at.sequence, record));
        }
        let is_whole = (entries.len() as u64) < limit;
        if at.sequence == end.sequence && at != end || is_whole && at.sequence < end.sequence {
            return Err(self.damaged(stream, at.sequence + u64::from(at.sequence < end.sequence)));
        }
        Ok(entries)
    }

    /// The stream's last entry is the one that its end names, and follows the one before it.
    fn check_last(&self, row: &SqliteRow) -> Result<Entry> {
        let stream = StreamId::from_stored(row.try_get::<String, _>(8).map_err(|source| self.failed(source))?);
        let end = self.head(row, 0)?;
        let before = row.try_get::<Option<String>, _>(9).map_err(|source| self.failed(source))?;
        let before = Head { sequence: end.sequence.saturating_sub(1), digest: before.unwrap_or_default() };
        let record = Self::record(row).map_err(|source| self.damaged(&stream, end.sequence).with_source(source))?;
        if before.next(&stream, &record) != end || self.head(row, 2)? != end {
            return Err(self.damaged(&stream, end.sequence));
        }
        Ok(Entry::new(stream, end.sequence, record))
    }

    fn head(&self, row: &SqliteRow, column: usize) -> Result<Head> {
        // The digest stands right after the stream's sequence, and last in an entry.
        let digest = if column == 0 { 1 } else { 7 };
        let sequence = row.try_get::<Option<i64>, _>(column).map_err(|source| self.failed(source))?;
        let digest = row.try_get::<Option<String>, _>(digest).map_err(|source| self.failed(source))?;
        Ok(Head { sequence: sequence.unwrap_or(0).cast_unsigned(), digest: digest.unwrap_or_default() })
    }

    fn record(row: &SqliteRow) -> sqlx::Result<Record> {
        let at = Timestamp::from_millis(row.try_get::<i64, _>(5)?.cast_unsigned());
        let body = Body::from_canonical(row.try_get::<String, _>(6)?);
        Ok(Record::new(row.try_get::<String, _>(3)?, row.try_get(4)?, at, body))
    }

    fn failed(&self, source: sqlx::Error) -> Error {
        Intent::Read.sql_error(&self.database, source)
    }

    fn damaged(&self, stream: &StreamId, sequence: u64) -> Error {
        let at = self.database.display();
        let hint = unreadable(&self.database).hint().unwrap_or_default().to_owned();
        Error::corrupt(codes::STATE_UNREADABLE, format!("entry {sequence} of stream {stream} in {at} is damaged"))
            .with_hint(hint)
    }
}
