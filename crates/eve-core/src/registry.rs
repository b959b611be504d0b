//! The seam to whatever keeps images.

use std::fmt::{Debug, Display};

use async_trait::async_trait;

use crate::desired::ImageRef;
use crate::{Artifact, Change, Digest, Result};

/// Keeps images under names.
#[async_trait]
pub trait Registry: Debug + Display + Send + Sync + 'static {
    /// The pinned image behind a name.
    ///
    /// # Errors
    /// `image.not_found`.
    async fn resolve(&self, image: &ImageRef) -> Result<Artifact>;

    /// True if the repository has that image.
    ///
    /// # Errors
    /// `backend.unavailable`.
    async fn exists(&self, repository: &str, digest: &Digest) -> Result<bool>;

    /// Puts an image that it has under one more name. Bytes do not change.
    ///
    /// # Errors
    /// `image.not_found`.
    async fn promote(&self, artifact: &Artifact, to: &ImageRef) -> Result<Change>;

    /// The tags of a repository, sorted.
    ///
    /// # Errors
    /// `backend.unavailable`.
    async fn list(&self, repository: &str) -> Result<Vec<String>>;

    /// Removes a name. The image stays while another name has it.
    ///
    /// # Errors
    /// `backend.unavailable`.
    async fn delete(&self, image: &ImageRef) -> Result<Change>;
}
