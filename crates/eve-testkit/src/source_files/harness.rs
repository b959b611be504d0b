//! What the source files suite needs of a backend's author.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{Result, SourceDir, SourceFiles, SourcePath};

use crate::Outcome;
use crate::stage::Stage;

/// Makes readers of projects, and projects.
#[async_trait]
pub trait SourceFilesHarness: Send + Sync {
    /// A reader. Asked for once a case.
    ///
    /// # Errors
    /// Whatever keeps the backend from being there.
    async fn source_files(&self) -> Result<Arc<dyn SourceFiles>>;

    /// A project that holds these files and no others.
    ///
    /// # Errors
    /// Whatever keeps it from being made.
    async fn project(&self, files: &[(SourcePath, Bytes)]) -> Result<SourceDir>;
}

pub(super) struct Desk {
    pub(super) reader: Arc<dyn SourceFiles>,
    pub(super) harness: Arc<dyn SourceFilesHarness>,
}

#[async_trait]
impl Stage<dyn SourceFilesHarness> for Desk {
    async fn open(harness: Arc<dyn SourceFilesHarness>) -> Outcome<Self> {
        Ok(Self { reader: harness.source_files().await?, harness })
    }
}
