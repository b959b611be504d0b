//! What a journal's writer has done.

use std::sync::atomic::{AtomicU64, Ordering};

use super::snapshot::Written;

/// What the writer of a [`SqliteJournal`](crate::SqliteJournal) has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct JournalStats {
    /// Commits that reached the disk. Appends that waited together share one.
    pub commits: u64,
    /// Appends that were accepted.
    pub appends: u64,
    /// Entries that were written.
    pub entries: u64,
}

/// Counts for [`JournalStats`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    commits: AtomicU64,
    appends: AtomicU64,
    entries: AtomicU64,
}

impl Counters {
    /// Counts one commit. One that wrote nothing did not reach the disk.
    pub(super) fn committed(&self, written: &Written) {
        let reached = !written.entries.is_empty() || !written.leases.is_empty();
        self.commits.fetch_add(u64::from(reached), Ordering::Relaxed);
        self.appends.fetch_add(written.appends, Ordering::Relaxed);
        self.entries.fetch_add(written.entries.len() as u64, Ordering::Relaxed);
    }

    /// The counts so far.
    pub(super) fn stats(&self) -> JournalStats {
        JournalStats {
            commits: self.commits.load(Ordering::Relaxed),
            appends: self.appends.load(Ordering::Relaxed),
            entries: self.entries.load(Ordering::Relaxed),
        }
    }
}
