//! The seam to the append-only log that everything else is folded from.

use std::fmt::{self, Debug, Display};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::{Body, EnvironmentId, HolderId, OrgName, ProjectName, Result, RunId, Timestamp};

/// An append-only log in streams, with leases that fence writers.
#[async_trait]
pub trait Journal: Debug + Display + Send + Sync + 'static {
    /// Appends records to a stream: all or none, durable when it returns.
    ///
    /// **Behaviour**
    /// - only if the stream's last sequence is `expected`;
    /// - only if the fence, where one is given, is that of the lease's present holder;
    /// - sequences count from 1 without holes. Returns the last one.
    /// - dropping the future stops waiting: the records may be appended all the same.
    ///
    /// # Errors
    /// `journal.conflict` if the stream is elsewhere; `lease.lost` for an older fence;
    /// `state.disk_full`, `state.read_only`, `state.io`.
    async fn append(
        &self,
        stream: &StreamId,
        expected: u64,
        fence: Option<&Fenced>,
        records: Vec<Record>,
    ) -> Result<u64>;

    /// Entries of a stream after a sequence, oldest first, at most `limit`.
    ///
    /// # Errors
    /// `state.unreadable`, `state.io`. A stream that does not exist is empty.
    async fn read(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<Entry>>;

    /// The entries of a stream after a sequence, then those that are appended, each once.
    fn subscribe(&self, stream: &StreamId, after: u64) -> BoxStream<'static, Result<Entry>>;

    /// The streams that exist, sorted, with their last sequence, whose name begins with `prefix`.
    ///
    /// # Errors
    /// `state.io`.
    async fn streams(&self, prefix: &str) -> Result<Vec<(StreamId, u64)>>;

    /// The last entry of each stream whose name begins with `prefix`, those with the greatest names
    /// first, at most `limit`.
    ///
    /// # Errors
    /// `state.unreadable`, `state.io`.
    async fn last(&self, prefix: &str, limit: usize) -> Result<Vec<Entry>>;

    /// Takes a lease, if nobody holds it or its time is over. Each taking has a larger fence.
    ///
    /// # Errors
    /// `lease.held`; the hint names the holder and until when.
    async fn acquire(&self, lease: &LeaseName, holder: &HolderId, ttl: Duration) -> Result<Lease>;

    /// Holds a lease for longer: until its time to live from now.
    ///
    /// # Errors
    /// `lease.lost`.
    async fn renew(&self, lease: &Lease) -> Result<Lease>;

    /// Gives a lease back. One that was lost stays lost, without an error.
    ///
    /// # Errors
    /// `state.io`.
    async fn release(&self, lease: &Lease) -> Result<()>;
}

/// Names a stream.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamId(String);

impl StreamId {
    /// The stream of an environment: its ledger.
    pub fn environment(env: &EnvironmentId) -> Self {
        Self(format!("env/{env}"))
    }

    /// The stream of a project's releases.
    pub fn releases(org: &OrgName, project: &ProjectName) -> Self {
        Self(format!("releases/{org}/{project}"))
    }

    /// The stream of a run.
    pub fn run(env: &EnvironmentId, run: &RunId) -> Self {
        Self(format!("run/{env}/{run}"))
    }

    /// What the names of all runs of an environment begin with.
    pub fn runs_prefix(env: &EnvironmentId) -> String {
        format!("run/{env}/")
    }

    /// A stream by its text, as a store keeps it.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is appended: a typed event in its stored form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The event's type, for people and for filters.
    pub kind: String,
    /// The version of the event's stored form.
    pub schema: u32,
    /// When it happened.
    pub at: Timestamp,
    /// The event.
    pub body: Body,
}

impl Record {
    /// A record.
    pub fn new(kind: impl Into<String>, schema: u32, at: Timestamp, body: Body) -> Self {
        Self { kind: kind.into(), schema, at, body }
    }
}

/// A record with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// The stream.
    pub stream: StreamId,
    /// Its sequence, from 1.
    pub sequence: u64,
    /// The record.
    pub record: Record,
}

impl Entry {
    /// A record at a place.
    pub fn new(stream: StreamId, sequence: u64, record: Record) -> Self {
        Self { stream, sequence, record }
    }
}

/// Names what a lease protects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeaseName(String);

impl LeaseName {
    /// The lease of an environment: one change at a time.
    pub fn environment(env: &EnvironmentId) -> Self {
        Self(format!("env/{env}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for LeaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A fencing token: the larger one is the younger one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fence(u64);

impl Fence {
    /// A token by its number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A fence together with the lease that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fenced {
    /// The lease.
    pub lease: LeaseName,
    /// The token.
    pub fence: Fence,
}

/// A lease that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lease {
    /// What it protects.
    pub name: LeaseName,
    /// Who holds it.
    pub holder: HolderId,
    /// Its token.
    pub fence: Fence,
    /// How long it holds without being renewed.
    pub ttl: Duration,
    /// Until when, by the journal's clock.
    pub until: Timestamp,
}

impl Lease {
    /// A lease.
    pub fn new(name: LeaseName, holder: HolderId, fence: Fence, ttl: Duration, until: Timestamp) -> Self {
        Self { name, holder, fence, ttl, until }
    }

    /// What an append shows.
    pub fn fenced(&self) -> Fenced {
        Fenced { lease: self.name.clone(), fence: self.fence }
    }
}
