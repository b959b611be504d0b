//! The journal's events, typed.

mod environment;
mod fault;
mod run;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Body, Entry, Error, Record, Result, Timestamp, codes};

pub use environment::{EnvironmentEvent, ReleaseEvent, ReleaseHead};
pub use fault::Fault;
pub use run::{RunEvent, RunKind, RunOutcome, Undo};

/// A typed event of one kind of stream.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + Sized {
    /// The version of the stored form that this crate writes. Older ones down to `SCHEMA - 1` are
    /// read; newer ones are refused.
    const SCHEMA: u32;

    /// The event's type, for people and for filters.
    fn kind(&self) -> &'static str;

    /// The event's stored form.
    ///
    /// # Errors
    /// `internal.encode` never happens for the types of this crate; the signature keeps the check.
    fn record(&self, at: Timestamp) -> Result<Record> {
        Ok(Record::new(self.kind(), Self::SCHEMA, at, Body::of(self)?))
    }

    /// Reads an entry back.
    ///
    /// # Errors
    /// `state.version` if it was written by a newer version, `state.unreadable` if it is damaged.
    fn read(entry: &Entry) -> Result<Self> {
        Self::check_schema(entry)?;
        entry.record.body.decode()
    }

    /// Refuses what a newer version wrote.
    ///
    /// # Errors
    /// `state.version`.
    fn check_schema(entry: &Entry) -> Result<()> {
        let schema = entry.record.schema;
        if schema > Self::SCHEMA {
            let text =
                format!("{} has an entry of schema {schema}, this version reads up to {}", entry.stream, Self::SCHEMA);
            return Err(
                Error::corrupt(codes::STATE_VERSION, text).with_hint("use the version that wrote it, or a newer one")
            );
        }
        Ok(())
    }
}
