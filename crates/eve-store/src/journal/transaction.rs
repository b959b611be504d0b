//! One commit.
//!
//! What is stored is loaded and decided on without a lock; then one call of the connection begins the
//! transaction, looks whether that is still what is stored, writes, and commits. So the lock of all
//! writers is held by that call alone, and a process that is stopped hardly ever stops the others.

use std::collections::HashMap;
use std::hash::Hash;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eve_core::{Deadline, Env, Fence, HolderId, LeaseName, Result, StreamId, Timestamp};
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};
use sqlx::{QueryBuilder, Row as _};

use super::chain::Head;
use super::command::Command;
use super::connection::Connection;
use super::database::BUSY;
use super::snapshot::{LeaseRow, Snapshot, Written};
use crate::access::Access;
use crate::blocking::blocking;
use crate::holders::{Holder, Standings};
use crate::intent::{Intent, busy, is_without_value};

/// Rows per statement, well below the number of values that SQLite takes in one.
const ROWS: usize = 500;

/// The commit waits for the disk, for everything that was written before it as well.
const DURABLE: &str = "PRAGMA synchronous = FULL; ";
/// The commit waits for nothing: the next durable one takes it along.
const SOON: &str = "PRAGMA synchronous = NORMAL; ";

/// What a transaction works with.
#[derive(Debug)]
pub(super) struct Transactions {
    pub(super) connection: Connection,
    pub(super) database: PathBuf,
    pub(super) env: Arc<dyn Env>,
    pub(super) access: Arc<Access>,
}

impl Transactions {
    /// Decides commands in their order on what is stored, writes what was decided, and commits.
    ///
    /// # Errors
    /// Where nothing is stored.
    pub(super) async fn commit(&self, commands: &mut [Command]) -> Result<Written> {
        let deadline = Deadline::after(&*self.env, BUSY);
        let mut connection = self.connection.lock().await?;
        loop {
            match self.try_commit(&mut connection, commands).await {
                Ok(Some(written)) => return Ok(written),
                Ok(None) if deadline.remaining(&*self.env) > Duration::ZERO => {}
                Ok(None) => return Err(busy(&self.database)),
                Err(error) => {
                    // SQLite ends a transaction by itself after some failures, and then refuses this.
                    let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
                    return Err(error);
                }
            }
        }
    }

    /// Who else is at work, as far as anybody can tell.
    pub(super) async fn others(&self) -> Vec<Holder> {
        let access = self.access.clone();
        blocking(move || access.presence()?.others()).await.unwrap_or_default()
    }

    /// None if somebody else changed meanwhile what it was decided on.
    async fn try_commit(&self, connection: &mut SqliteConnection, commands: &mut [Command]) -> Result<Option<Written>> {
        let failed = |source| Intent::Write.sql_error(&self.database, source);
        let loaded = load(connection, commands).await.map_err(failed)?;
        let now = self.env.now();
        let standings = standings(&self.access, &loaded, now).await?;
        let gone = standings.gone();
        let mut query = QueryBuilder::new(if commands.iter().any(Command::is_durable) { DURABLE } else { SOON });
        query.push("BEGIN IMMEDIATE; ");
        check_heads(&mut query, &loaded);
        check_leases(&mut query, &loaded);
        let mut snapshot = Snapshot::new(now, found(loaded.heads), found(loaded.leases), standings);
        for command in commands {
            command.decide(&mut snapshot);
        }
        let written = snapshot.into_written();
        store_entries(&mut query, &written);
        store_heads(&mut query, &written);
        store_leases(&mut query, &written);
        query.push("COMMIT");
        match query.build().persistent(false).execute(connection).await {
            Err(error) if is_without_value(&error) => return Ok(None),
            done => done.map_err(failed)?,
        };
        if !gone.is_empty() {
            let access = self.access.clone();
            // Only tidying: what was written is committed.
            let _ = blocking(move || access.presence()?.forget(&gone)).await;
        }
        Ok(Some(written))
    }
}

/// The streams and leases that commands look at, as they were stored; none where there is none.
struct Loaded {
    heads: HashMap<StreamId, Option<Head>>,
    leases: HashMap<LeaseName, Option<LeaseRow>>,
}

/// Loads the streams and leases that commands look at.
async fn load(connection: &mut SqliteConnection, commands: &[Command]) -> sqlx::Result<Loaded> {
    let mut loaded = Loaded {
        heads: commands.iter().filter_map(Command::stream).map(|stream| (stream.clone(), None)).collect(),
        leases: commands.iter().filter_map(Command::lease).map(|lease| (lease.clone(), None)).collect(),
    };
    let names: HashMap<_, _> = loaded.leases.keys().map(|name| (name.as_str().to_owned(), name.clone())).collect();

    let mut query = QueryBuilder::new("SELECT 'stream', name, sequence, digest FROM streams WHERE name IN (");
    bind_names(&mut query, loaded.heads.keys().map(StreamId::as_str));
    if !names.is_empty() {
        query.push("SELECT 'lease', name, fence, holder, until FROM leases WHERE name IN (");
        bind_names(&mut query, loaded.leases.keys().map(LeaseName::as_str));
    }
    for row in query.build().persistent(false).fetch_all(connection).await? {
        let name: &str = row.try_get(1)?;
        if row.try_get::<&str, _>(0)? == "stream" {
            loaded.heads.insert(StreamId::from_stored(name), Some(head(&row)?));
        } else if let Some(name) = names.get(name) {
            loaded.leases.insert(name.clone(), Some(lease(&row)?));
        }
    }
    Ok(loaded)
}

/// What is known of those who hold leases. Holders of this process need no look at the disk.
async fn standings(access: &Arc<Access>, loaded: &Loaded, now: Timestamp) -> Result<Standings> {
    let presence = access.presence()?;
    let holding = loaded.leases.values().flatten().filter(|row| now < row.until).filter_map(|row| row.holder.clone());
    let holders: Vec<_> = holding.collect();
    if holders.iter().all(|holder| presence.is_for(holder)) {
        return Ok(presence.judge(holders));
    }
    let access = access.clone();
    blocking(move || Ok(access.presence()?.judge(holders))).await
}

fn found<K: Eq + Hash, V>(loaded: HashMap<K, Option<V>>) -> HashMap<K, V> {
    loaded.into_iter().filter_map(|(name, row)| Some((name, row?))).collect()
}

fn bind_names<'a>(query: &mut QueryBuilder<Sqlite>, names: impl Iterator<Item = &'a str>) {
    let mut list = query.separated(", ");
    for name in names {
        list.push_bind(name.to_owned());
    }
    query.push("); ");
}

fn head(row: &SqliteRow) -> sqlx::Result<Head> {
    Ok(Head { sequence: unsigned(row.try_get(2)?), digest: row.try_get(3)? })
}

fn lease(row: &SqliteRow) -> sqlx::Result<LeaseRow> {
    let holder: Option<String> = row.try_get(3)?;
    Ok(LeaseRow {
        fence: Fence::new(unsigned(row.try_get(2)?)),
        holder: holder.map(HolderId::new).transpose().map_err(|error| sqlx::Error::Decode(error.into()))?,
        until: Timestamp::from_millis(unsigned(row.try_get(4)?)),
    })
}

/// Ends the transaction where a stream is not what it was: a row without a value is refused, and
/// there is one for each.
fn check_heads(query: &mut QueryBuilder<Sqlite>, loaded: &Loaded) {
    if loaded.heads.is_empty() {
        return;
    }
    query.push("WITH loaded (name, sequence, digest) AS (");
    query.push_values(&loaded.heads, |mut row, (name, head)| {
        row.push_bind(name.as_str().to_owned())
            .push_bind(head.as_ref().map(|head| head.sequence.cast_signed()))
            .push_bind(head.as_ref().map(|head| head.digest.clone()));
    });
    query.push(
        ") INSERT OR ROLLBACK INTO streams (name, sequence, digest) \
         SELECT loaded.name, NULL, NULL FROM loaded LEFT JOIN streams AS present ON present.name = loaded.name \
         WHERE present.sequence IS NOT loaded.sequence OR present.digest IS NOT loaded.digest; ",
    );
}

/// Ends the transaction where a lease is not what it was, as [`check_heads`] does.
fn check_leases(query: &mut QueryBuilder<Sqlite>, loaded: &Loaded) {
    if loaded.leases.is_empty() {
        return;
    }
    query.push("WITH loaded (name, fence, holder, until) AS (");
    query.push_values(&loaded.leases, |mut row, (name, lease)| {
        row.push_bind(name.as_str().to_owned())
            .push_bind(lease.as_ref().map(|lease| lease.fence.number().cast_signed()))
            .push_bind(lease.as_ref().and_then(|lease| lease.holder.as_ref()).map(HolderId::to_string))
            .push_bind(lease.as_ref().map(|lease| lease.until.as_millis().cast_signed()));
    });
    query.push(
        ") INSERT OR ROLLBACK INTO leases (name, fence, holder, until) \
         SELECT loaded.name, NULL, NULL, NULL FROM loaded LEFT JOIN leases AS present ON present.name = loaded.name \
         WHERE present.fence IS NOT loaded.fence OR present.holder IS NOT loaded.holder \
         OR present.until IS NOT loaded.until; ",
    );
}

fn store_entries(query: &mut QueryBuilder<Sqlite>, written: &Written) {
    for rows in written.entries.chunks(ROWS) {
        query.push("INSERT INTO entries (stream, sequence, kind, schema, at, body, digest) ");
        query.push_values(rows, |mut row, (entry, digest)| {
            row.push_bind(entry.stream.as_str().to_owned())
                .push_bind(entry.sequence.cast_signed())
                .push_bind(entry.record.kind.clone())
                .push_bind(entry.record.schema)
                .push_bind(entry.record.at.as_millis().cast_signed())
                .push_bind(entry.record.body.as_str().to_owned())
                .push_bind(digest.clone());
        });
        query.push("; ");
    }
}

fn store_heads(query: &mut QueryBuilder<Sqlite>, written: &Written) {
    if written.heads.is_empty() {
        return;
    }
    query.push("INSERT OR REPLACE INTO streams (name, sequence, digest) ");
    query.push_values(&written.heads, |mut row, (name, head)| {
        row.push_bind(name.as_str().to_owned()).push_bind(head.sequence.cast_signed()).push_bind(head.digest.clone());
    });
    query.push("; ");
}

fn store_leases(query: &mut QueryBuilder<Sqlite>, written: &Written) {
    if written.leases.is_empty() {
        return;
    }
    query.push("INSERT OR REPLACE INTO leases (name, fence, holder, until) ");
    query.push_values(&written.leases, |mut row, (name, lease)| {
        row.push_bind(name.as_str().to_owned())
            .push_bind(lease.fence.number().cast_signed())
            .push_bind(lease.holder.as_ref().map(HolderId::to_string))
            .push_bind(lease.until.as_millis().cast_signed());
    });
    query.push("; ");
}

/// SQLite's integers have a sign; the stored bits are those of the unsigned number.
fn unsigned(stored: i64) -> u64 {
    stored.cast_unsigned()
}
