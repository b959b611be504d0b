//! Looking at the host's file system.

use async_trait::async_trait;

use crate::{AbsolutePath, Result};

/// What a runtime sees of the host whose folders and devices it hands to workloads.
#[async_trait]
pub trait HostView: Send + Sync {
    /// Sockets and folders by which the runtime itself is steered, and where it keeps secrets, besides the
    /// sockets that everybody knows.
    fn engine_places(&self) -> Vec<AbsolutePath>;

    /// What a path is once all links are followed; none if nothing is there.
    ///
    /// # Errors
    /// `backend.io` if it cannot be looked at.
    async fn resolve(&self, path: &AbsolutePath) -> Result<Option<AbsolutePath>>;
}
