//! What the builder suite needs of a backend's author.

use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{Builder, Env, Result, SourceDir, SystemEnv};

/// Makes builders, and source for them.
#[async_trait]
pub trait BuilderHarness: Send + Sync {
    /// A builder. Asked for once a case.
    ///
    /// # Errors
    /// Whatever keeps the backend from being there.
    async fn builder(&self) -> Result<Arc<dyn Builder>>;

    /// Time and randomness, the same that the builder uses. By default the system's.
    fn env(&self) -> Arc<dyn Env> {
        Arc::new(SystemEnv::new())
    }

    /// A project whose folder `app` builds and holds this text, at a path that may differ from call
    /// to call, and which has no other folder.
    ///
    /// # Errors
    /// Whatever keeps it from being made.
    async fn project(&self, text: &str) -> Result<SourceDir>;
}
