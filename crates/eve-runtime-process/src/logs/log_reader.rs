//! Reading a log from any place.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eve_core::{Exit, LogCursor, LogItem, LogOptions, LogSource, Result};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::watch;

use super::Limits;
use super::line::Line;
use super::log::{Log, Part, file_name};
use crate::processes::Record;
use crate::state_dir::io_error;

/// Reads one log, piece by piece.
#[derive(Debug)]
pub(crate) struct LogReader {
    log: Arc<Log>,
    source: LogSource,
    follow: bool,
    /// The number of the line that comes next.
    next: u64,
    /// Where that line is looked for: a file by its first line, and how far it was read.
    place: Option<(u64, u64)>,
    changes: watch::Receiver<()>,
    /// True if somebody else writes the log: then its growth is only seen by looking.
    foreign: bool,
    done: bool,
}

impl LogReader {
    const PIECE: u64 = 256 * 1024;
    const POLL: Duration = Duration::from_millis(200);

    /// A reader of a log that is written here.
    pub(crate) fn of(log: &Arc<Log>, source: LogSource, how: &LogOptions) -> Self {
        let after = how.after.get(&source).and_then(|cursor| cursor.as_str().parse::<u64>().ok());
        let mut next = after.map_or(1, |last| last.saturating_add(1));
        if let Some(lines) = how.tail {
            let kept = log.parts().first().map_or(1, |part| part.first);
            let tail = log.next().saturating_sub(u64::try_from(lines).unwrap_or(u64::MAX));
            next = next.max(tail).max(kept);
        }
        let changes = log.changes();
        Self {
            log: Arc::clone(log),
            source,
            follow: how.follow,
            next,
            place: None,
            changes,
            foreign: false,
            done: false,
        }
    }

    /// A reader of a folder whose child is not held here; none if there is no log.
    pub(crate) fn of_folder(folder: &Path, how: &LogOptions) -> Option<Self> {
        let record = Record::read(folder).ok()??;
        // Never written to from here, so no limit matters.
        let log = Arc::new(Log::open(&folder.join("log"), Limits { file_bytes: 1, files: 1 }).ok()?);
        let foreign = record.exit().is_none();
        if let Some(exit) = record.exit() {
            log.end(exit);
        }
        Some(Self { foreign, ..Self::of(&log, record.source, how) })
    }

    /// The items, until there are no more, or for ever.
    pub(crate) fn stream(self) -> BoxStream<'static, Result<LogItem>> {
        stream::unfold(self, |mut reader| async move {
            while !reader.done {
                let items;
                // A piece never panics; if it did, the stream would end as if it were cut.
                (reader, items) = tokio::task::spawn_blocking(move || reader.piece()).await.ok()?;
                match items {
                    Ok(Some(items)) => return Some((items.into_iter().map(Ok).collect(), reader)),
                    Ok(None) => reader.wait().await,
                    Err(e) => {
                        reader.done = true;
                        let path = reader.log.folder().to_owned();
                        return Some((vec![Err(io_error("read", &path, e))], reader));
                    }
                }
            }
            None
        })
        .flat_map(|items: Vec<Result<LogItem>>| stream::iter(items))
        .boxed()
    }

    /// What is there now: some items, or none and then there is nothing to do but wait.
    fn piece(mut self) -> (Self, io::Result<Option<Vec<LogItem>>>) {
        self.changes.mark_unchanged();
        let ended = self.ended();
        let items = match self.lines() {
            Ok(items) if !items.is_empty() => Ok(Some(items)),
            Ok(_) => match ended {
                Some(exit) => {
                    self.done = true;
                    Ok(Some(vec![LogItem::Ended { source: self.source.clone(), exit }]))
                }
                None if !self.follow => {
                    self.done = true;
                    Ok(Some(Vec::new()))
                }
                None => Ok(None),
            },
            Err(e) => Err(e),
        };
        (self, items)
    }

    async fn wait(&mut self) {
        let changed = self.changes.changed();
        if self.foreign {
            let _ = tokio::time::timeout(Self::POLL, changed).await;
        } else {
            // The sender lives in the log, which this reader holds.
            let _ = changed.await;
        }
    }

    fn ended(&self) -> Option<Exit> {
        if !self.foreign {
            return self.log.ended();
        }
        let folder = self.log.folder().parent()?;
        Record::read(folder).ok()?.as_ref().and_then(Record::exit)
    }

    fn parts(&self) -> io::Result<Vec<Part>> {
        if self.foreign { Ok(super::log::parts_in(self.log.folder())?.into()) } else { Ok(self.log.parts()) }
    }

    /// The next lines, as many as one piece holds.
    fn lines(&mut self) -> io::Result<Vec<LogItem>> {
        loop {
            let parts = self.parts()?;
            let Some((part, offset)) = self.find(&parts) else { return Ok(Vec::new()) };
            let bytes = match self.read(part, offset) {
                Ok(bytes) => bytes,
                // Rotated away between the look and the reading: look again.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    self.place = None;
                    if self.parts()?.contains(&part) {
                        return Err(e);
                    }
                    continue;
                }
                Err(e) => return Err(e),
            };
            let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
            self.place = Some((part.first, offset + whole as u64));
            let items = self.items(&bytes[..whole], part.first);
            if !items.is_empty() {
                return Ok(items);
            }
            if whole == 0 {
                let Some(later) = parts.iter().find(|other| other.first > part.first) else { return Ok(items) };
                self.place = Some((later.first, 0));
            }
        }
    }

    /// The file in which the next line stands, and from where to read it.
    fn find(&self, parts: &[Part]) -> Option<(Part, u64)> {
        if let Some((first, offset)) = self.place
            && let Some(part) = parts.iter().find(|part| part.first == first)
        {
            return Some((*part, offset));
        }
        let holds = parts.iter().rev().find(|part| part.first <= self.next);
        holds.or(parts.first()).map(|part| (*part, 0))
    }

    fn read(&self, part: Part, offset: u64) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.log.folder().join(file_name(part)))?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(part.bytes.saturating_sub(offset).min(Self::PIECE)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn items(&mut self, bytes: &[u8], first: u64) -> Vec<LogItem> {
        let mut items = Vec::new();
        for line in bytes.split_inclusive(|b| *b == b'\n').filter_map(|line| Line::parse(line.strip_suffix(b"\n")?)) {
            if line.sequence < self.next {
                continue;
            }
            if line.sequence > self.next {
                let cause =
                    if first > self.next { "older lines were rotated away" } else { "lines could not be written" };
                items.push(LogItem::Gap {
                    source: self.source.clone(),
                    after: self.next.checked_sub(1).filter(|last| *last > 0).map(cursor),
                    cause: cause.to_owned(),
                });
            }
            self.next = line.sequence + 1;
            if line.missing {
                items.push(LogItem::Gap {
                    source: self.source.clone(),
                    after: line.sequence.checked_sub(1).filter(|last| *last > 0).map(cursor),
                    cause: String::from_utf8_lossy(&line.bytes).into_owned(),
                });
                continue;
            }
            items.push(LogItem::Line {
                source: self.source.clone(),
                cursor: cursor(line.sequence),
                at: line.at,
                bytes: line.bytes,
            });
        }
        items
    }
}

fn cursor(sequence: u64) -> LogCursor {
    LogCursor::new(sequence.to_string())
}
