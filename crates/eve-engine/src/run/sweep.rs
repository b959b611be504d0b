//! Attempts that no run goes on with.

use std::sync::atomic::{AtomicBool, Ordering};

use eve_core::Result;
use eve_core::event::RunKind;
use tokio::sync::OnceCell;

use super::Run;
use crate::recovery;

/// Whether attempts of runs before this one are gone, and whether any of this one is left.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    done: OnceCell<()>,
    left: AtomicBool,
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
            let swept = recovery::sweep_attempts(&self.scope.parts, &self.scope.keeper, &self.record).await?;
            self.attempts_are_gone(swept);
            Ok(())
        };
        self.sweep.done.get_or_try_init(|| sweeping).await.map(drop)
    }

    /// Notes whether attempts were forgotten.
    pub(super) fn attempts_are_gone(&self, gone: bool) {
        self.sweep.left.fetch_or(!gone, Ordering::SeqCst);
    }

    /// True if nobody has to look for attempts before something is done again.
    pub(super) fn is_swept(&self) -> bool {
        (self.record.swept || self.sweep.done.initialized()) && !self.sweep.left.load(Ordering::SeqCst)
    }
}
