//! What a build makes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Digest;

/// What a workload is started from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Artifact {
    /// An image in a registry, pinned.
    Image {
        /// The repository, with its registry's host.
        repository: String,
        /// The manifest's digest.
        digest: Digest,
    },
    /// An image that only one engine has. Never promoted to another.
    LocalImage {
        /// The image's id.
        id: Digest,
        /// The engine's own id.
        daemon: String,
    },
    /// A folder's content, by its digest.
    Snapshot {
        /// The digest of the folder's content.
        digest: Digest,
    },
}

impl fmt::Display for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image { repository, digest } => write!(f, "{repository}@{digest}"),
            Self::LocalImage { id, .. } => write!(f, "image {}", id.short(12)),
            Self::Snapshot { digest } => write!(f, "snapshot {}", digest.short(12)),
        }
    }
}
