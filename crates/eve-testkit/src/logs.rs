//! Reading logs, for the suites of runtimes and runners.

use std::time::Duration;

use eve_core::{Exit, LogCursor, LogItem, LogSource, Result};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::time::timeout;

use crate::{Failure, Outcome};

/// How long a log may be silent where something has to come.
const SILENCE: Duration = Duration::from_secs(30);

/// A line `line N` of a fixture.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    pub(crate) number: usize,
    pub(crate) source: LogSource,
    pub(crate) cursor: LogCursor,
    /// True if a gap was told since the numbered line before it.
    pub(crate) after_gap: bool,
}

/// Everything that a log stream gave.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) lines: Vec<Numbered>,
    pub(crate) ends: Vec<(LogSource, Exit)>,
    pub(crate) gaps: usize,
}

impl Read {
    pub(crate) fn numbers(&self) -> Vec<usize> {
        self.lines.iter().map(|line| line.number).collect()
    }
}

/// Reads a log stream to its end.
pub(crate) async fn read(mut stream: BoxStream<'static, Result<LogItem>>) -> Outcome<Read> {
    let mut read = Read::default();
    let mut gap = false;
    loop {
        let item = timeout(SILENCE, stream.next()).await;
        match item.map_err(|_| Failure::new("the log neither went on nor ended for 30 s"))?.transpose()? {
            None => return Ok(read),
            Some(LogItem::Line { source, cursor, bytes, .. }) => {
                if let Some(number) = number(&bytes) {
                    read.lines.push(Numbered { number, source, cursor, after_gap: std::mem::take(&mut gap) });
                }
            }
            Some(LogItem::Gap { .. }) => {
                gap = true;
                read.gaps += 1;
            }
            Some(LogItem::Ended { source, exit }) => read.ends.push((source, exit)),
            Some(other) => return Err(Failure::new(format!("an item that this suite does not know: {other:?}"))),
        }
    }
}

fn number(line: &[u8]) -> Option<usize> {
    std::str::from_utf8(line).ok()?.trim_end().strip_prefix("line ")?.parse().ok()
}
