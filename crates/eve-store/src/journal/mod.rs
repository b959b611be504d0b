//! The journal on SQLite: one writer that commits in groups, a few readers.

mod chain;
mod command;
mod connection;
mod database;
mod heads;
mod question;
mod reader;
mod snapshot;
mod sqlite;
mod stats;
mod subscription;
mod transaction;
mod writer;

pub use sqlite::SqliteJournal;
pub use stats::JournalStats;
