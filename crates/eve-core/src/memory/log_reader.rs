//! Reading lines that are kept in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::watch;

use super::log_ring::LogRing;
use crate::{LogItem, LogOptions, LogSource, Result};

/// Shows each log that is to be read, the oldest first.
pub(super) type ShowLogs = Box<dyn Fn(&mut dyn FnMut(&LogRing)) + Send>;

/// One reader of logs, with its place in each source.
pub(super) struct LogReader {
    show: ShowLogs,
    changes: watch::Receiver<u64>,
    follow: bool,
    /// Holds for what is there at the first reading.
    tail: Option<usize>,
    swallows_gaps: bool,
    places: BTreeMap<LogSource, u64>,
    ended: BTreeSet<LogSource>,
    pending: VecDeque<LogItem>,
    phase: Phase,
}

/// How far a reader is.
enum Phase {
    /// It has read nothing.
    Begin,
    /// It waits for more.
    Following,
    /// Every source has ended, or what was there was all that was asked for.
    Over,
}

impl LogReader {
    pub(super) fn new(show: ShowLogs, changes: watch::Receiver<u64>, how: &LogOptions) -> Self {
        Self {
            show,
            changes,
            follow: how.follow,
            tail: how.tail,
            swallows_gaps: false,
            places: how.after.iter().map(|(source, cursor)| (source.clone(), LogRing::place(cursor))).collect(),
            ended: BTreeSet::new(),
            pending: VecDeque::new(),
            phase: Phase::Begin,
        }
    }

    /// Leaves gaps out: a fault that can be planted.
    pub(super) fn swallowing_gaps(mut self, swallow: bool) -> Self {
        self.swallows_gaps = swallow;
        self
    }

    pub(super) fn stream(self) -> BoxStream<'static, Result<LogItem>> {
        stream::unfold(self, |mut reader| async move {
            loop {
                if let Some(item) = reader.pending.pop_front() {
                    return Some((Ok(item), reader));
                }
                match reader.phase {
                    Phase::Begin => {}
                    Phase::Following => reader.changes.changed().await.ok()?,
                    Phase::Over => return None,
                }
                reader.read();
            }
        })
        .boxed()
    }

    /// Reads what is new.
    fn read(&mut self) {
        self.changes.mark_unchanged();
        let tail = self.tail.take();
        let Self { places, ended, pending, .. } = self;
        let mut more = false;
        (self.show)(&mut |log| {
            if ended.contains(log.source()) {
                return;
            }
            log.read(places.entry(log.source().clone()).or_default(), tail, pending);
            if let Some(exit) = log.exit() {
                pending.push_back(LogItem::Ended { source: log.source().clone(), exit });
                ended.insert(log.source().clone());
            } else {
                more = true;
            }
        });
        if self.swallows_gaps {
            self.pending.retain(|item| !matches!(item, LogItem::Gap { .. }));
        }
        self.phase = if more && self.follow { Phase::Following } else { Phase::Over };
    }
}
