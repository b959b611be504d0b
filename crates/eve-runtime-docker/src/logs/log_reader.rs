//! Reading one container from any place.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use eve_core::{Exit, LogItem, LogOptions, LogSource, Result};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::cursor::Cursor;
use super::rotation;
use crate::api::{Daemon, LineStream, RawLine};
use crate::clock;
use crate::runtime::exit_of;
use crate::watching::{Feed, Notes};

/// How long a line may grow before it is handed out in pieces.
const LONGEST: usize = 64 * 1024;
/// Before a container that is being started again is read on.
const AGAIN: Duration = Duration::from_millis(100);

/// One container whose lines are read.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// Its id.
    pub(crate) container: String,
    /// The name under which its lines are read.
    pub(crate) source: LogSource,
    /// How much the engine keeps of them: files, and bytes of each.
    pub(crate) kept: (u32, u64),
}

/// A line of which more is to come.
#[derive(Debug, Default)]
struct Part {
    at: i128,
    bytes: BytesMut,
}

/// How far a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// It has read nothing.
    Begin,
    Reading,
    Over,
}

/// Reads what one container wrote.
pub(crate) struct LogReader {
    daemon: Daemon,
    feed: Feed,
    written: Written,
    follow: bool,
    /// Holds for the first reading.
    tail: Option<usize>,
    /// The last line that was handed out, or that somebody else has.
    last: Option<Cursor>,
    /// What was written until then is not wanted; only where no line was handed out.
    floor: Option<Cursor>,
    begun_at: Cursor,
    /// The place of the last line that was read, handed out or not.
    at: Cursor,
    /// True until the line at `last` was met again.
    seeks: bool,
    parts: BTreeMap<LineStream, Part>,
    lines: Option<BoxStream<'static, Result<RawLine>>>,
    pending: VecDeque<LogItem>,
    progress: Progress,
    /// Keeps word of how containers end coming in: who is removed cannot be asked any more.
    _notes: Option<Notes>,
}

impl LogReader {
    pub(crate) fn new(daemon: Daemon, feed: Feed, written: Written, how: &LogOptions) -> Self {
        let last = how.after.get(&written.source).and_then(Cursor::read);
        let notes = how.follow.then(|| feed.subscribe());
        Self {
            daemon,
            feed,
            written,
            follow: how.follow,
            tail: how.tail,
            last,
            floor: None,
            begun_at: Cursor::default(),
            at: Cursor::default(),
            seeks: last.is_some(),
            parts: BTreeMap::new(),
            lines: None,
            pending: VecDeque::new(),
            progress: Progress::Begin,
            _notes: notes,
        }
    }

    /// The items, until there are no more.
    pub(crate) fn stream(self) -> BoxStream<'static, Result<LogItem>> {
        stream::unfold(self, |mut reader| async move {
            loop {
                if let Some(item) = reader.pending.pop_front() {
                    return Some((Ok(item), reader));
                }
                if reader.progress == Progress::Over {
                    return None;
                }
                if let Err(error) = reader.step().await {
                    reader.progress = Progress::Over;
                    return Some((Err(error), reader));
                }
            }
        })
        .boxed()
    }

    /// Reads a line, or begins to, or comes to the end.
    async fn step(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.progress, Progress::Reading) == Progress::Begin
            && self.last.is_none()
            && self.tail.is_none()
        {
            self.look_for_rotation().await?;
        }
        let Some(lines) = &mut self.lines else { return self.begin() };
        if let Some(line) = lines.next().await {
            self.take(line?);
            return Ok(());
        }
        self.lines = None;
        self.end().await
    }

    fn begin(&mut self) -> Result<()> {
        let since = self.last.or(self.floor).map_or(0, Cursor::second_before);
        // How many are the last ones is known once: after that every new one counts.
        let tail = self.tail.take();
        self.at = Cursor::default();
        self.seeks = self.last.is_some();
        self.begun_at = Cursor::now();
        self.lines = Some(self.daemon.lines(&self.written.container, since, tail, self.follow)?);
        Ok(())
    }

    async fn look_for_rotation(&mut self) -> Result<()> {
        if rotation::may_have_dropped(&self.daemon, &self.written).await? {
            let (files, bytes) = self.written.kept;
            self.gap(
                None,
                format!("the engine keeps {files} files of {bytes} bytes, and may have dropped earlier lines"),
            );
        }
        Ok(())
    }

    fn take(&mut self, line: RawLine) {
        let Some((at, bytes)) = self.joined(line) else { return };
        // Two streams are written at once: a later line may bear an earlier time.
        let place = self.at.next(at.max(self.at.at));
        self.at = place;
        if self.last.is_none() && self.floor.is_some_and(|floor| place <= floor) {
            return;
        }
        if let Some(last) = self.last.filter(|_| self.seeks) {
            if place <= last {
                self.seeks = place != last;
                return;
            }
            self.seeks = false;
            self.gap(Some(last), "the engine has dropped what came after it".to_owned());
        }
        self.line(place, bytes);
    }

    /// A whole line, once its last part has come: the engine takes long ones apart. What goes on without
    /// an end is handed out in pieces.
    fn joined(&mut self, line: RawLine) -> Option<(i128, Bytes)> {
        let part = self.parts.entry(line.stream).or_default();
        if line.whole && part.bytes.is_empty() {
            return Some((line.at, line.bytes));
        }
        if part.bytes.is_empty() {
            part.at = line.at;
        }
        part.bytes.extend_from_slice(&line.bytes);
        if !line.whole && part.bytes.len() < LONGEST {
            return None;
        }
        Some((part.at, std::mem::take(&mut part.bytes).freeze()))
    }

    fn line(&mut self, place: Cursor, bytes: Bytes) {
        self.last = Some(place);
        let at = clock::of_nanoseconds(place.at);
        self.pending.push_back(LogItem::Line { source: self.written.source.clone(), cursor: place.write(), at, bytes });
    }

    fn gap(&mut self, after: Option<Cursor>, cause: String) {
        self.pending.push_back(LogItem::Gap {
            source: self.written.source.clone(),
            after: after.map(Cursor::write),
            cause,
        });
    }

    /// What is there was read: says so if the container ended, and goes on if there may be more.
    async fn end(&mut self) -> Result<()> {
        for part in std::mem::take(&mut self.parts).into_values().filter(|part| !part.bytes.is_empty()) {
            self.at = self.at.next(part.at.max(self.at.at));
            self.line(self.at, part.bytes.freeze());
        }
        if self.last.is_none() {
            // Nothing was handed out: what comes next is what is written from then on.
            self.floor = Some(self.begun_at);
        }
        let ended = match self.daemon.container(&self.written.container).await? {
            // Who was removed cannot be asked any more.
            None => Some(self.feed.last_exit(&self.written.container).unwrap_or(Exit::Lost)),
            Some(found) => exit_of(&found),
        };
        match ended {
            Some(exit) => {
                self.pending.push_back(LogItem::Ended { source: self.written.source.clone(), exit });
                self.progress = Progress::Over;
            }
            None if self.follow => tokio::time::sleep(AGAIN).await,
            None => self.progress = Progress::Over,
        }
        Ok(())
    }
}
