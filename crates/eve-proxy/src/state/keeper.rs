//! Storing what changed before it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use eve_core::{Error, Result, codes};
use tokio::sync::Mutex;

use crate::state::{StateFile, Stored};

/// Sees that what changed is stored before anybody is told of it. Changes that come while a write is
/// under way are stored together by the next one.
#[derive(Debug)]
pub(crate) struct Keeper {
    file: Option<Arc<StateFile>>,
    /// Counts the changes.
    changed: AtomicU64,
    /// The change up to which everything is stored. Whoever holds it writes.
    stored: Arc<Mutex<u64>>,
}

impl Keeper {
    /// Without a file nothing is stored.
    pub(crate) fn new(file: Option<StateFile>) -> Self {
        Self { file: file.map(Arc::new), changed: AtomicU64::new(0), stored: Arc::default() }
    }

    /// Says that something was changed just now.
    pub(crate) fn touch(&self) {
        self.changed.fetch_add(1, Ordering::SeqCst);
    }

    /// Returns when every change so far is stored. Dropping the future leaves the write running.
    ///
    /// # Errors
    /// `state.disk_full`, `state.read_only`, `state.io`: then the next call tries again.
    pub(crate) async fn settle(&self, state: impl FnOnce() -> Stored) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let wanted = self.changed.load(Ordering::SeqCst);
        let mut stored = Arc::clone(&self.stored).lock_owned().await;
        if *stored >= wanted {
            return Ok(());
        }
        let (file, upto) = (Arc::clone(file), self.changed.load(Ordering::SeqCst));
        let state = state();
        let write = tokio::task::spawn_blocking(move || {
            file.write(&state)?;
            *stored = upto;
            Ok(())
        });
        write.await.unwrap_or_else(|error| {
            Err(Error::unavailable(codes::STATE_IO, "the writer of the routes was ended").with_source(error))
        })
    }
}
