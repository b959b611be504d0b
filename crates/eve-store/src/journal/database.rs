//! The connections to the journal's database.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use eve_core::Result;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::atomic_file::private_file;
use crate::intent::{Intent, is_cannot_open, unreadable};
use crate::version;

/// Readers at most. Each is a thread with a connection; they end when they are idle.
const READERS: u32 = 3;

/// How long an idle reader lives.
const IDLE: Duration = Duration::from_secs(30);

/// How long a connection waits for a lock of SQLite, which is held for moments only.
pub(super) const BUSY: Duration = Duration::from_secs(10);

/// The tables, which forms 1 and 2 have alike.
const TABLES: &str = "
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS streams (
    name     TEXT PRIMARY KEY NOT NULL,
    sequence INTEGER NOT NULL,
    digest   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    stream   TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    schema   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    body     TEXT NOT NULL,
    digest   TEXT NOT NULL,
    UNIQUE (stream, sequence)
) STRICT;
CREATE TABLE IF NOT EXISTS leases (
    name     TEXT PRIMARY KEY NOT NULL,
    fence    INTEGER NOT NULL,
    holder   TEXT,
    until    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 2;
COMMIT;
";

/// The file that holds the journal.
///
/// It is opened by SQLite alone: closing any other handle of it would give back the locks that this
/// process has on it.
#[derive(Debug, Clone)]
pub(super) struct Database {
    dir: PathBuf,
    path: PathBuf,
}

impl Database {
    /// The journal of a state directory.
    pub(super) fn of(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), path: dir.join("journal.db") }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A connection that writes. Makes what the present form has where the directory is being set
    /// up.
    pub(super) async fn writer(&self, is_set_up: bool) -> Result<SqliteConnection> {
        let failed = |source| Intent::Write.sql_error(&self.path, source);
        if is_set_up {
            // SQLite gives its files the mode of this one.
            match private_file().write(true).create_new(true).open(&self.path) {
                Err(source) if source.kind() != ErrorKind::AlreadyExists => {
                    return Err(Intent::Write.io_error(&self.path, source));
                }
                _ => {}
            }
        }
        self.check_present()?;
        let options = self
            .options("-1024")
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("journal_size_limit", "4194304");
        let mut connection = options.connect().await.map_err(failed)?;
        if is_set_up && self.form(&mut connection).await? < version::SCHEMA {
            sqlx::raw_sql(TABLES).execute(&mut connection).await.map_err(failed)?;
        }
        self.check_form(&mut connection).await?;
        Ok(connection)
    }

    /// The connections that read beside one that writes, which has found the file to be in order.
    pub(super) fn readers(&self) -> SqlitePool {
        pool(self.options("-256").read_only(true))
    }

    /// The connections that read where nothing is written. One is tried at once, so that what is wrong
    /// shows here.
    pub(super) async fn only_readers(&self) -> Result<SqlitePool> {
        self.check_present()?;
        let mut options = self.options("-256").read_only(true);
        let mut first = options.connect().await;
        if first.as_ref().is_err_and(is_cannot_open) && self.has_no_log() {
            // A file system that can only be read has no room for the index of the write-ahead
            // log. Without a log the file is all there is, and nobody can change it.
            options = options.immutable(true);
            first = options.connect().await;
        }
        let mut first = first.map_err(|source| Intent::Read.sql_error(&self.path, source))?;
        self.check_form(&mut first).await?;
        // It answered: how it closes says nothing about what is stored.
        let _ = first.close().await;
        Ok(pool(options))
    }

    /// Page caches and statement caches are bounded: the journal's working set is its last pages.
    fn options(&self, cache: &'static str) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .create_if_missing(false)
            .busy_timeout(BUSY)
            .statement_cache_capacity(8)
            .pragma("cache_size", cache)
            .disable_statement_logging()
    }

    fn has_no_log(&self) -> bool {
        log_size(&self.path) == 0
    }

    /// SQLite says of a missing file only that it cannot be opened.
    fn check_present(&self) -> Result<()> {
        match self.path.try_exists() {
            Ok(true) => Ok(()),
            Ok(false) => Err(unreadable(&self.path)),
            Err(source) => Err(Intent::Read.io_error(&self.path, source)),
        }
    }

    async fn form(&self, connection: &mut SqliteConnection) -> Result<u32> {
        sqlx::query_scalar("PRAGMA user_version")
            .fetch_one(connection)
            .await
            .map_err(|source| Intent::Read.sql_error(&self.path, source))
    }

    /// The tables are those of a form that this version reads: a database that was cut to nothing
    /// would otherwise pass for an empty journal.
    async fn check_form(&self, connection: &mut SqliteConnection) -> Result<()> {
        match self.form(connection).await? {
            0 => Err(unreadable(&self.path)),
            form => version::check(&self.dir, form),
        }
    }
}

/// The size of a database's write-ahead log, in bytes.
pub(super) fn log_size(database: &Path) -> u64 {
    let mut log = database.to_owned().into_os_string();
    log.push("-wal");
    std::fs::metadata(log).map_or(0, |log| log.len())
}

fn pool(options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .min_connections(0)
        .idle_timeout(IDLE)
        .test_before_acquire(false)
        .connect_lazy_with(options)
}
