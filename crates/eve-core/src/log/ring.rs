//! The lines of one writer.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{Exit, LogCursor, LogItem, LogSource, Timestamp};

/// The last lines that an instance or attempt wrote, each with its number from 1.
///
/// A helper for backends that keep lines in memory: bounded, and what was dropped is a
/// [`LogItem::Gap`] for whoever would have read it. [`LogReader`](crate::LogReader) reads several.
#[derive(Debug, Clone)]
pub struct LogRing {
    source: LogSource,
    capacity: usize,
    lines: VecDeque<(Timestamp, Bytes)>,
    /// The number of the last line.
    last: u64,
    end: Option<Exit>,
}

impl LogRing {
    /// Keeps at most `capacity` lines of a source, at least 1.
    pub fn new(source: LogSource, capacity: usize) -> Self {
        Self { source, capacity: capacity.max(1), lines: VecDeque::new(), last: 0, end: None }
    }

    /// Adds a line, unless the source has ended.
    pub fn write(&mut self, at: Timestamp, line: impl Into<Bytes>) {
        if self.end.is_some() {
            return;
        }
        if self.lines.len() == self.capacity {
            self.lines.pop_front();
        }
        self.lines.push_back((at, line.into()));
        self.last += 1;
    }

    /// Nothing more is written.
    pub fn end(&mut self, exit: Exit) {
        self.end.get_or_insert(exit);
    }

    /// Who wrote the lines.
    pub fn source(&self) -> &LogSource {
        &self.source
    }

    /// How it ended.
    pub fn exit(&self) -> Option<Exit> {
        self.end
    }

    /// The last lines, as text.
    pub fn tail(&self, lines: usize) -> Vec<String> {
        let skip = self.lines.len().saturating_sub(lines);
        self.lines.iter().skip(skip).map(|(_, line)| String::from_utf8_lossy(line).into_owned()).collect()
    }

    /// The number that a cursor names. A cursor of something else begins at the start.
    pub(super) fn place(cursor: &LogCursor) -> u64 {
        cursor.as_str().parse().unwrap_or(0)
    }

    /// Hands out what stands after `place`, at most the last `tail` lines, and moves `place` on.
    pub(super) fn read(&self, place: &mut u64, tail: Option<usize>, out: &mut VecDeque<LogItem>) {
        let kept = self.lines.len() as u64;
        let before_kept = self.last - kept;
        let asked = self.last.saturating_sub(*place).min(tail.map_or(u64::MAX, |n| n as u64));
        let from = self.last - asked;
        if from < before_kept {
            out.push_back(LogItem::Gap {
                source: self.source.clone(),
                after: (*place > 0).then(|| cursor(*place)),
                cause: format!("only the last {} lines are kept", self.capacity),
            });
        }
        let from = from.max(before_kept);
        let skip = usize::try_from(from - before_kept).unwrap_or(usize::MAX);
        for (number, (at, bytes)) in (from + 1..).zip(self.lines.iter().skip(skip)) {
            out.push_back(LogItem::Line {
                source: self.source.clone(),
                cursor: cursor(number),
                at: *at,
                bytes: bytes.clone(),
            });
        }
        *place = (*place).max(self.last);
    }
}

fn cursor(number: u64) -> LogCursor {
    LogCursor::new(number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(capacity: usize, lines: u64) -> LogRing {
        let mut ring = LogRing::new(LogSource::new("a"), capacity);
        for number in 1..=lines {
            ring.write(Timestamp::default(), number.to_string());
        }
        ring
    }

    fn read(ring: &LogRing, mut place: u64, tail: Option<usize>) -> Vec<String> {
        let mut out = VecDeque::new();
        ring.read(&mut place, tail, &mut out);
        out.into_iter()
            .map(|item| match item {
                LogItem::Line { bytes, .. } => String::from_utf8(bytes.to_vec()).unwrap(),
                LogItem::Gap { after, .. } => format!("gap after {:?}", after.map(|cursor| cursor.as_str().to_owned())),
                LogItem::Ended { .. } => "ended".to_owned(),
            })
            .collect()
    }

    #[test]
    fn lines_that_were_dropped_leave_a_gap() {
        let ring = ring(2, 5);
        assert_eq!(read(&ring, 0, None), ["gap after None", "4", "5"]);
        assert_eq!(read(&ring, 2, None), ["gap after Some(\"2\")", "4", "5"]);
        assert_eq!(read(&ring, 3, None), ["4", "5"]);
        assert_eq!(read(&ring, 5, None), [""; 0]);
    }

    #[test]
    fn lines_before_the_tail_are_no_gap() {
        assert_eq!(read(&ring(2, 5), 0, Some(1)), ["5"]);
        assert_eq!(read(&ring(2, 5), 0, Some(3)), ["gap after None", "4", "5"]);
        assert_eq!(read(&ring(9, 2), 0, Some(0)), [""; 0]);
    }
}
