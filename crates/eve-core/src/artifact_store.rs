//! What builds made and is still kept.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Artifact, Change, Result, Timestamp};

/// The artifacts that a builder made and keeps.
#[async_trait]
pub trait ArtifactStore: Send + Sync {
    /// All of them, sorted.
    ///
    /// **Behaviour**
    /// - what somebody else made is not among them;
    /// - changes nothing.
    ///
    /// # Errors
    /// `backend.unavailable`, `state.io`.
    async fn owned(&self) -> Result<Vec<OwnedArtifact>>;

    /// Removes one, as it was listed.
    ///
    /// **Behaviour**
    /// - one that is gone, or is not this builder's, is [`Skipped`](crate::ChangeOutcome::Skipped);
    /// - one that something is made from right now stays;
    /// - one that was built again since it was listed, or while something is being built, stays;
    /// - what others call theirs of it stays with them.
    ///
    /// # Errors
    /// `object.in_use`, `object.changed`; `backend.unavailable`, `state.io`.
    async fn remove(&self, one: &OwnedArtifact) -> Result<Change>;
}

/// An artifact that a builder made and keeps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OwnedArtifact {
    /// What was made.
    pub artifact: Artifact,
    /// When a build made it last: also one that found it made.
    pub built: Timestamp,
    /// How many bytes it takes, those left out that what it was made from takes anyway; where that is known.
    pub bytes: Option<u64>,
}

impl OwnedArtifact {
    /// An artifact of unknown size.
    pub fn new(artifact: Artifact, built: Timestamp) -> Self {
        Self { artifact, built, bytes: None }
    }

    /// Says how many bytes it takes.
    pub fn with_bytes(mut self, bytes: u64) -> Self {
        self.bytes = Some(bytes);
        self
    }
}
