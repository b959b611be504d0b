//! The one connection that writes.

use std::sync::Arc;

use eve_core::Result;
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};
use tracing::debug;

use super::writer::closed;

/// The one connection that writes. Whoever reads while nobody writes uses it as well: most processes need no
/// other one, and each is a thread with a cache of its own.
#[derive(Debug, Clone)]
pub(super) struct Connection(Arc<Mutex<Option<SqliteConnection>>>);

/// The connection, for as long as this lives: whoever has it goes on by itself, since all others wait.
pub(super) type Guard = OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>;

impl Connection {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self(Arc::new(Mutex::new(Some(connection))))
    }

    /// The connection, as soon as nobody uses it.
    pub(super) async fn lock(&self) -> Result<Guard> {
        OwnedMutexGuard::try_map(Arc::clone(&self.0).lock_owned().await, Option::as_mut).map_err(|_| closed())
    }

    /// The connection, if nobody uses it or waits for it.
    pub(super) fn if_idle(&self) -> Option<Guard> {
        OwnedMutexGuard::try_map(Arc::clone(&self.0).try_lock_owned().ok()?, Option::as_mut).ok()
    }

    /// Closes it. The last connection of all processes folds the log into the database then.
    pub(super) async fn close(&self) {
        if let Some(connection) = self.0.lock().await.take()
            && let Err(error) = connection.close().await
        {
            debug!(%error, "the journal's connection did not close cleanly");
        }
    }

    /// Leaves it to the end of the process, and a short log to whoever opens the database next: to fold it
    /// costs more than to read it.
    pub(super) async fn leave(&self) {
        if let Some(connection) = self.0.lock().await.take() {
            std::mem::forget(connection);
        }
    }
}
