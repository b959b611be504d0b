//! Folders, files and secrets that a workload finds in place.

use serde::{Deserialize, Serialize};

use crate::{ByteSize, ObjectName, SecretName, SourcePath, VolumeName};

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

/// What a volume is to be like, as far as that is said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VolumeSpec {
    /// How much it has to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<ByteSize>,
    /// Which of the backend's kinds of storage it is made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ObjectName>,
}

/// Files that are put in place before the workload starts. The workload may read them and no more.
///
/// What they hold becomes part of the release: a release that is deployed again finds what it held then,
/// whatever became of the project's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileMount {
    /// What is put there.
    pub source: FileSource,
    /// Where the workload finds it: the path of the file, or of the folder.
    pub target: String,
}

/// What files are made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum FileSource {
    /// A file of the project, or all files below a folder of it.
    Project(SourcePath),
    /// A file with this text.
    Text {
        /// The text.
        text: String,
    },
}

impl FileSource {
    /// The path, where it is of the project.
    pub fn as_project(&self) -> Option<&SourcePath> {
        match self {
            Self::Project(path) => Some(path),
            Self::Text { .. } => None,
        }
    }
}

impl FileMount {
    /// A file or folder of the project, at a place of the workload.
    pub fn new(source: SourcePath, target: impl Into<String>) -> Self {
        Self { source: FileSource::Project(source), target: target.into() }
    }

    /// A file with a text, at a place of the workload.
    pub fn text(text: impl Into<String>, target: impl Into<String>) -> Self {
        Self { source: FileSource::Text { text: text.into() }, target: target.into() }
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
