//! What the blobs suite needs of a backend's author.

use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{Blobs, Result};

use crate::Outcome;
use crate::stage::Stage;

/// Makes stores of bytes.
#[async_trait]
pub trait BlobsHarness: Send + Sync {
    /// An empty store. Asked for once a case.
    ///
    /// # Errors
    /// Whatever keeps the backend from being there.
    async fn blobs(&self) -> Result<Arc<dyn Blobs>>;
}

pub(super) struct Shelf {
    pub(super) blobs: Arc<dyn Blobs>,
    /// Kept to the end of the case: what the store lies in may belong to it.
    _harness: Arc<dyn BlobsHarness>,
}

#[async_trait]
impl Stage<dyn BlobsHarness> for Shelf {
    async fn open(harness: Arc<dyn BlobsHarness>) -> Outcome<Self> {
        Ok(Self { blobs: harness.blobs().await?, _harness: harness })
    }
}
