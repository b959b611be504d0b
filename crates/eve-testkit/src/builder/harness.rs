//! What the builder suite needs of a backend's author.

use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{Artifact, Builder, Env, Result, SourceDir, SystemEnv};

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

    /// Makes something from an artifact that goes on until [`close`](Self::close). Only asked for if the
    /// builder [keeps a list](Builder::artifacts); the suite then reports it if there is no such thing.
    ///
    /// # Errors
    /// Whatever keeps it from being made.
    async fn make_use_of(&self, artifact: &Artifact) -> Result<bool> {
        let _ = artifact;
        Ok(false)
    }

    /// Removes what was built, and ends what goes on.
    async fn close(&self, builder: Arc<dyn Builder>) {
        drop(builder);
    }
}
