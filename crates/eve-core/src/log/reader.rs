//! Reading lines that are kept in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::ring::LogRing;
use crate::{Env, LogItem, LogOptions, LogSource, Result};

/// Shows each log that is to be read, the oldest first.
pub type ShowLogs = Box<dyn Fn(&mut dyn FnMut(&LogRing)) + Send>;

/// One reader of logs, with its place in each source.
///
/// A helper for backends that keep lines in [`LogRing`]s: it goes on after cursors, keeps to the
/// tail, hands on gaps, says once that a source ended, and follows without polling.
pub struct LogReader {
    show: ShowLogs,
    changes: BoxStream<'static, ()>,
    follow: bool,
    /// Holds for what is there at the first reading.
    tail: Option<usize>,
    swallows_gaps: bool,
    places: BTreeMap<LogSource, u64>,
    ended: BTreeSet<LogSource>,
    pending: VecDeque<LogItem>,
    phase: Phase,
}

impl fmt::Debug for LogReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogReader").field("follow", &self.follow).field("places", &self.places).finish_non_exhaustive()
    }
}

/// Reads rings as [`Runtime::logs`](crate::Runtime::logs) promises, and while it follows looks again
/// `every` so often: for backends that have no word of changes. `show` hands out the rings that are
/// asked for, the oldest first.
pub fn polling_logs(
    env: Arc<dyn Env>,
    every: Duration,
    how: &LogOptions,
    show: impl Fn(&mut dyn FnMut(&LogRing)) + Send + 'static,
) -> BoxStream<'static, Result<LogItem>> {
    let ticks = stream::unfold(env, move |env| async move {
        env.sleep(every).await;
        Some(((), env))
    });
    LogReader::new(Box::new(show), ticks.boxed(), how).stream()
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
    /// Reads the logs that `show` shows, and looks again at every item of `changes`, of which one
    /// more than necessary is harmless and one too few is not.
    pub fn new(show: ShowLogs, changes: BoxStream<'static, ()>, how: &LogOptions) -> Self {
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
    pub(crate) fn swallowing_gaps(mut self, swallow: bool) -> Self {
        self.swallows_gaps = swallow;
        self
    }

    /// The items, as [`Runtime::logs`](crate::Runtime::logs) hands them out.
    pub fn stream(self) -> BoxStream<'static, Result<LogItem>> {
        stream::unfold(self, |mut reader| async move {
            loop {
                if let Some(item) = reader.pending.pop_front() {
                    return Some((Ok(item), reader));
                }
                match reader.phase {
                    Phase::Begin => {}
                    Phase::Following => reader.changes.next().await?,
                    Phase::Over => return None,
                }
                reader.read();
            }
        })
        .boxed()
    }

    /// Reads what is new.
    fn read(&mut self) {
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
