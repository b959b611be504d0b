//! The seam to whatever keeps bytes.

use std::fmt::{Debug, Display};

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Change, Digest, Result};

/// Keeps bytes by their digest: logs kept, evidence, artifacts.
#[async_trait]
pub trait Blobs: Debug + Display + Send + Sync + 'static {
    /// Stores bytes and returns their digest. Bytes that are there already are not written again.
    ///
    /// # Errors
    /// `state.disk_full`, `state.read_only`, `state.io`.
    async fn put(&self, bytes: Bytes) -> Result<Digest>;

    /// The bytes under a digest, checked against it.
    ///
    /// # Errors
    /// `blob.not_found`; `state.unreadable` if what is stored has another digest.
    async fn get(&self, digest: &Digest) -> Result<Bytes>;

    /// True if there are bytes under a digest.
    ///
    /// # Errors
    /// `state.io`.
    async fn has(&self, digest: &Digest) -> Result<bool>;

    /// Removes bytes. What is gone already is [`Skipped`](crate::ChangeOutcome::Skipped).
    ///
    /// # Errors
    /// `state.read_only`, `state.io`.
    async fn delete(&self, digest: &Digest) -> Result<Change>;
}
