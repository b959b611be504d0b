//! One commit.
//!
//! Each call of the connection costs a change of threads, so a transaction is two calls: one that
//! begins it and loads what it looks at, one that stores what was decided and commits.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use eve_core::{Env, Fence, HolderId, LeaseName, Result, StreamId, Timestamp};
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};
use sqlx::{QueryBuilder, Row as _};

use super::chain::Head;
use super::command::Command;
use super::snapshot::{LeaseRow, Snapshot, Written};
use crate::access::Access;
use crate::blocking::blocking;
use crate::holders::{HolderFolder, Standings};
use crate::intent::Intent;

/// Rows per statement, well below the number of values that SQLite takes in one.
const ROWS: usize = 500;

/// What a transaction works with.
#[derive(Debug)]
pub(super) struct Transactions {
    pub(super) connection: SqliteConnection,
    pub(super) database: PathBuf,
    pub(super) env: Arc<dyn Env>,
    pub(super) access: Arc<Access>,
}

impl Transactions {
    /// Decides commands in their order on what is stored, writes what was decided, and commits.
    ///
    /// # Errors
    /// Where nothing is stored.
    pub(super) async fn commit(&mut self, commands: &mut [Command]) -> Result<Written> {
        let done = self.try_commit(commands).await;
        if done.is_err() {
            // SQLite ends a transaction by itself after some failures, and then refuses this.
            let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
        }
        done
    }

    /// Removes what holders who are gone left behind.
    pub(super) async fn forget_gone(&mut self, folder: &HolderFolder) -> Result<()> {
        let (found, folder) = (folder.clone(), folder.clone());
        let gone = blocking(move || found.gone()).await?;
        if gone.is_empty() {
            return Ok(());
        }
        // Within a transaction: somebody who looks at the same time would take the lock for theirs.
        let failed = |source| Intent::Write.sql_error(&self.database, source);
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await.map_err(failed)?;
        let forget = move || {
            folder.forget(&gone);
            Ok(())
        };
        let forgotten = blocking(forget).await;
        sqlx::query("ROLLBACK").execute(&mut self.connection).await.map_err(failed)?;
        forgotten
    }

    async fn try_commit(&mut self, commands: &mut [Command]) -> Result<Written> {
        let failed = |source| Intent::Write.sql_error(&self.database, source);
        let (heads, leases) = begin(&mut self.connection, commands).await.map_err(failed)?;
        // Only now: beginning waits for the transactions of others.
        let now = self.env.now();
        let standings = standings(&self.access, &leases, now).await?;
        let mut snapshot = Snapshot::new(now, heads, leases, standings);
        for command in commands {
            command.decide(&mut snapshot);
        }
        let written = snapshot.into_written();
        let mut query = QueryBuilder::new("");
        store_entries(&mut query, &written);
        store_heads(&mut query, &written);
        store_leases(&mut query, &written);
        query.push("COMMIT");
        query.build().persistent(false).execute(&mut self.connection).await.map_err(failed)?;
        Ok(written)
    }
}

type Loaded = (HashMap<StreamId, Head>, HashMap<LeaseName, LeaseRow>);

/// Begins a transaction, and loads the streams and leases that commands look at.
async fn begin(connection: &mut SqliteConnection, commands: &[Command]) -> sqlx::Result<Loaded> {
    let streams: HashSet<_> = commands.iter().filter_map(Command::stream).map(StreamId::as_str).collect();
    let names: HashMap<_, _> = commands.iter().filter_map(Command::lease).map(|name| (name.as_str(), name)).collect();

    let mut query = QueryBuilder::new("BEGIN IMMEDIATE; ");
    query.push("SELECT 'stream', name, sequence, digest FROM streams WHERE name IN (");
    bind_names(&mut query, streams.iter().copied());
    if !names.is_empty() {
        query.push("SELECT 'lease', name, fence, holder, until FROM leases WHERE name IN (");
        bind_names(&mut query, names.keys().copied());
    }
    let rows = query.build().persistent(false).fetch_all(connection).await?;

    let mut heads = HashMap::with_capacity(streams.len());
    let mut leases = HashMap::with_capacity(names.len());
    for row in rows {
        let name: &str = row.try_get(1)?;
        if row.try_get::<&str, _>(0)? == "stream" {
            heads.insert(StreamId::from_stored(name), head(&row)?);
        } else if let Some(name) = names.get(name) {
            leases.insert(LeaseName::clone(name), lease(&row)?);
        }
    }
    Ok((heads, leases))
}

/// What is known of those who hold leases. Holders of this process need no look at the disk.
async fn standings(access: &Arc<Access>, leases: &HashMap<LeaseName, LeaseRow>, now: Timestamp) -> Result<Standings> {
    let presence = access.presence()?;
    let holding = leases.values().filter(|row| now < row.until).filter_map(|row| row.holder.clone());
    let holders: Vec<_> = holding.collect();
    if holders.iter().all(|holder| presence.is_for(holder)) {
        return Ok(presence.judge(holders));
    }
    let access = access.clone();
    blocking(move || Ok(access.presence()?.judge(holders))).await
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
