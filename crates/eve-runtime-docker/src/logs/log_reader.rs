//! Reading one container from any place.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use eve_core::{Exit, LogItem, LogOptions, LogSource, Result};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::cursor::Cursor;
use super::{place, rotation};
use crate::clock;
use crate::daemon::RawLine;
use crate::runtime::{DockerRuntime, Phase, Sight};
use crate::watching::Notes;

/// Before a container that is being started again is read on.
const AGAIN: Duration = Duration::from_millis(100);

/// Reads what one container wrote.
pub(super) struct LogReader {
    runtime: DockerRuntime,
    sight: Sight,
    source: LogSource,
    follow: bool,
    /// Holds for the first reading.
    tail: Option<usize>,
    /// The last line that was handed out, or that somebody else has.
    last: Option<Cursor>,
    /// The place of the last line that was read, handed out or not.
    at: Cursor,
    /// True until the line at `last` was met again.
    seeks: bool,
    part: BytesMut,
    lines: Option<BoxStream<'static, Result<RawLine>>>,
    pending: VecDeque<LogItem>,
    begun: bool,
    over: bool,
    /// Keeps word of how containers end coming in: who is removed cannot be asked any more.
    _notes: Option<Notes>,
}

impl LogReader {
    pub(super) fn new(runtime: DockerRuntime, sight: Sight, how: &LogOptions) -> Self {
        let source = place::source(&sight);
        let last = how.after.get(&source).and_then(Cursor::read);
        let notes = how.follow.then(|| runtime.listen());
        Self {
            runtime,
            sight,
            source,
            follow: how.follow,
            tail: how.tail,
            last,
            at: Cursor::default(),
            seeks: last.is_some(),
            part: BytesMut::new(),
            lines: None,
            pending: VecDeque::new(),
            begun: false,
            over: false,
            _notes: notes,
        }
    }

    /// The items, until there are no more.
    pub(super) fn stream(self) -> BoxStream<'static, Result<LogItem>> {
        stream::unfold(self, |mut reader| async move {
            loop {
                if let Some(item) = reader.pending.pop_front() {
                    return Some((Ok(item), reader));
                }
                if reader.over {
                    return None;
                }
                if let Err(error) = reader.step().await {
                    reader.over = true;
                    return Some((Err(error), reader));
                }
            }
        })
        .boxed()
    }

    /// Reads a line, or begins to, or comes to the end.
    async fn step(&mut self) -> Result<()> {
        if !std::mem::replace(&mut self.begun, true) && self.last.is_none() && self.tail.is_none() {
            self.look_for_rotation().await?;
        }
        let Some(lines) = &mut self.lines else { return self.begin() };
        match lines.next().await {
            Some(line) => {
                let line = line?;
                self.take(line);
                Ok(())
            }
            None => {
                self.lines = None;
                self.end().await
            }
        }
    }

    fn begin(&mut self) -> Result<()> {
        let since = self.last.map_or(0, Cursor::second);
        // How many are the last ones is known once: after that every new one counts.
        let tail = self.tail.take();
        self.at = Cursor::default();
        self.seeks = self.last.is_some();
        self.lines = Some(self.runtime.daemon().lines(&self.sight.id, since, tail, self.follow)?);
        Ok(())
    }

    async fn look_for_rotation(&mut self) -> Result<()> {
        if rotation::may_have_dropped(self.runtime.daemon(), &self.sight).await? {
            let (files, bytes) = self.sight.care.logs;
            self.gap(
                None,
                format!("the engine keeps {files} files of {bytes} bytes, and may have dropped earlier lines"),
            );
        }
        Ok(())
    }

    fn take(&mut self, line: RawLine) {
        // All parts of a long line have the place of the first one.
        let place = if self.part.is_empty() { self.at.next(line.at) } else { self.at };
        self.at = place;
        if !line.whole || !self.part.is_empty() {
            self.part.extend_from_slice(&line.bytes);
            if !line.whole {
                return;
            }
        }
        let bytes = if self.part.is_empty() { line.bytes } else { std::mem::take(&mut self.part).freeze() };
        if let Some(last) = self.last {
            if place <= last {
                self.seeks &= place != last;
                return;
            }
            if std::mem::take(&mut self.seeks) {
                self.gap(Some(last), "the engine has dropped what came after it".to_owned());
            }
        }
        self.line(place, bytes);
    }

    fn line(&mut self, place: Cursor, bytes: Bytes) {
        self.last = Some(place);
        let at = clock::of_nanoseconds(place.at);
        self.pending.push_back(LogItem::Line { source: self.source.clone(), cursor: place.write(), at, bytes });
    }

    fn gap(&mut self, after: Option<Cursor>, cause: String) {
        self.pending.push_back(LogItem::Gap { source: self.source.clone(), after: after.map(Cursor::write), cause });
    }

    /// What is there was read: says so if the container ended, and goes on if there may be more.
    async fn end(&mut self) -> Result<()> {
        if !self.part.is_empty() {
            let bytes = std::mem::take(&mut self.part).freeze();
            self.line(self.at, bytes);
        }
        let found = self.runtime.again(&self.sight).await?;
        let ended = match &found {
            None => Some(self.runtime.last_exit(&self.sight.id).unwrap_or(Exit::Lost)),
            Some(sight) if sight.phase == Phase::Ended => {
                Some(sight.detail.as_ref().and_then(|detail| detail.exit).unwrap_or(Exit::Lost))
            }
            Some(_) => None,
        };
        match ended {
            Some(exit) => {
                self.pending.push_back(LogItem::Ended { source: self.source.clone(), exit });
                self.over = true;
            }
            None if self.follow => tokio::time::sleep(AGAIN).await,
            None => self.over = true,
        }
        Ok(())
    }
}
