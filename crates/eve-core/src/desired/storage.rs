//! Folders, files and secrets that a workload finds in place.

use serde::{Deserialize, Serialize};

use crate::{SecretName, VolumeName};

/// A folder that outlives the workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mount {
    /// The volume.
    pub volume: VolumeName,
    /// Where the workload finds it.
    pub target: String,
    /// True if it may not be written.
    pub read_only: bool,
    /// True if only one instance may hold it at a time.
    pub single_writer: bool,
}

impl Mount {
    /// A volume that may be written by several.
    pub fn new(volume: VolumeName, target: impl Into<String>) -> Self {
        Self { volume, target: target.into(), read_only: false, single_writer: false }
    }
}

/// A file of the project that is put in place before the workload starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileMount {
    /// The file, relative to the project's root.
    pub source: String,
    /// Where the workload finds it.
    pub target: String,
}

impl FileMount {
    /// A file of the project, at a place of the workload.
    pub fn new(source: impl Into<String>, target: impl Into<String>) -> Self {
        Self { source: source.into(), target: target.into() }
    }
}

/// A secret that a workload finds as a file that only its owner may read. It stands in no variable, so
/// that nobody who may look at the workload sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SecretFile {
    /// The secret.
    pub secret: SecretName,
    /// Where the workload finds it. By default `/run/secrets/` and the secret's name.
    pub target: String,
}

impl SecretFile {
    /// A secret at its usual place.
    pub fn new(secret: SecretName) -> Self {
        Self { target: format!("/run/secrets/{secret}"), secret }
    }

    /// Puts it somewhere else.
    pub fn with_target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }
}
