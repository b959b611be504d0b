//! Work that waits for the disk, away from the executor.

use eve_core::{Error, Result, codes};

/// Runs work that waits for the disk on a thread for that. Dropping the future stops waiting; the
/// work goes on to its end.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(join) => match join.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(join) => Err(Error::cancelled(codes::CANCELLED, "the runtime is shutting down").with_source(join)),
        },
    }
}
