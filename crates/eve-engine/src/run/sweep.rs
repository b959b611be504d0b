//! Attempts that no run goes on with.

use std::sync::atomic::{AtomicUsize, Ordering};

use eve_core::Result;
use eve_core::event::RunKind;
use tokio::sync::OnceCell;

use super::Run;
use crate::recovery;

/// Whether attempts of runs before this one are gone, and whether any of this one is left.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    done: OnceCell<()>,
    /// How many attempts may be left.
    left: AtomicUsize,
}

impl Run {
    /// Ends what runs before this one left, at its beginning. Where the one before ended in order and
    /// saw that nothing was left, there is nothing to look for before this one does something: what is
    /// unchanged is not asked for twice.
    pub(super) async fn sweep_if_due(&self) -> Result<()> {
        if self.record.swept && !matches!(self.record.kind, RunKind::Delete) {
            return Ok(());
        }
        self.sweep().await
    }

    /// Ends what runs before this one left, once: before the first thing that this one does.
    pub(super) async fn sweep(&self) -> Result<()> {
        let sweeping = async {
            if !recovery::sweep_attempts(&self.scope.parts, &self.scope.keeper, &self.record).await? {
                self.attempt_is_left();
            }
            Ok(())
        };
        self.sweep.done.get_or_try_init(|| sweeping).await.map(drop)
    }

    /// Notes that an attempt may be left: from before it is begun until it is forgotten.
    pub(super) fn attempt_is_left(&self) {
        self.sweep.left.fetch_add(1, Ordering::SeqCst);
    }

    /// Notes that one that might have been left is forgotten.
    pub(super) fn attempt_is_gone(&self) {
        self.sweep.left.fetch_sub(1, Ordering::SeqCst);
    }

    /// True if nobody has to look for attempts before something is done again.
    pub(super) fn is_swept(&self) -> bool {
        (self.record.swept || self.sweep.done.initialized()) && self.sweep.left.load(Ordering::SeqCst) == 0
    }
}
