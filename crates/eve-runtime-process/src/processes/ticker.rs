//! One count of changes over all children.

use tokio::sync::watch;

/// Counts changes, and wakes those who wait for the next one.
#[derive(Debug)]
pub(super) struct Ticker(watch::Sender<u64>);

impl Ticker {
    /// Counts on from a number.
    pub(super) fn from(count: u64) -> Self {
        Self(watch::channel(count).0)
    }

    /// The number of a change that `change` makes. Whoever reads the number later sees the change.
    pub(super) fn tick<T>(&self, change: impl FnOnce(u64) -> T) -> T {
        let mut out = None;
        self.0.send_modify(|count| {
            *count += 1;
            out = Some(change(*count));
        });
        out.expect("send_modify calls its closure once")
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}
