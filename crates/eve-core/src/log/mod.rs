//! Logs: what is read, and the helpers of backends that keep lines themselves.

mod item;
mod reader;
mod ring;

pub use item::{LogCursor, LogItem, LogOptions, LogSource, LogSubject};
pub use reader::{LogReader, ShowLogs, polling_logs};
pub use ring::LogRing;
