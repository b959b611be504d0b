//! What is asked of the database.

use eve_core::StreamId;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

/// The stream's end beside each entry from one on: one statement sees one moment.
const READ: &str = "
SELECT s.sequence, s.digest, e.sequence, e.kind, e.schema, e.at, e.body, e.digest
FROM streams s LEFT JOIN entries e ON e.stream = s.name AND e.sequence >= ?2
WHERE s.name = ?1 ORDER BY e.sequence LIMIT ?3";

/// Names that begin with a text are those from it to before it followed by the last character.
const STREAMS: &str = "
SELECT name, sequence FROM streams
WHERE name >= ?1 AND name < ?1 || char(1114111) ORDER BY name";

/// The last entry of each stream, and the digest of the one before it.
const LAST: &str = "
SELECT s.sequence, s.digest, e.sequence, e.kind, e.schema, e.at, e.body, e.digest, s.name, before.digest
FROM streams s LEFT JOIN entries e ON e.stream = s.name AND e.sequence = s.sequence
LEFT JOIN entries before ON before.stream = s.name AND before.sequence = s.sequence - 1
WHERE s.name >= ?1 AND s.name < ?1 || char(1114111) ORDER BY s.name DESC LIMIT ?2";

/// What is asked of the database.
#[derive(Debug, Clone)]
pub(super) enum Question {
    /// At most so many entries of a stream from a sequence on, each beside the stream's end.
    Entries { stream: StreamId, from: u64, limit: u64 },
    /// The streams whose names begin with this.
    Streams { prefix: String },
    /// The last entries of at most so many of them, youngest name first.
    Last { prefix: String, limit: usize },
}

impl Question {
    pub(super) fn query(&self) -> Query<'_, Sqlite, SqliteArguments> {
        match self {
            Self::Entries { stream, from, limit } => {
                sqlx::query(READ).bind(stream.as_str()).bind(signed(*from)).bind(signed(*limit))
            }
            Self::Streams { prefix } => sqlx::query(STREAMS).bind(prefix.as_str()),
            Self::Last { prefix, limit } => {
                sqlx::query(LAST).bind(prefix.as_str()).bind(i64::try_from(*limit).unwrap_or(i64::MAX))
            }
        }
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
