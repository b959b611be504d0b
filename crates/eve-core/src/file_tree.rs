//! Files that a release keeps.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Digest, OpCx, Result, SourcePath};

/// What a release keeps of one of the project's files or folders: digests. The bytes are among the
/// [`Blobs`](crate::Blobs).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FileTree {
    /// A file.
    File(FileBlob),
    /// A folder: the files below it, by their paths in it.
    Folder(BTreeMap<SourcePath, FileBlob>),
}

/// One file that a release keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileBlob {
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many there are.
    pub bytes: u64,
}

impl FileBlob {
    /// The file of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { digest: Digest::of(bytes), bytes: bytes.len() as u64 }
    }
}

impl FileTree {
    /// Every file, with its path below the tree; none where the tree is a file.
    pub fn files(&self) -> impl Iterator<Item = (Option<&SourcePath>, &FileBlob)> {
        let (file, folder) = match self {
            Self::File(file) => (Some((None, file)), None),
            Self::Folder(files) => (None, Some(files)),
        };
        file.into_iter().chain(folder.into_iter().flatten().map(|(path, file)| (Some(path), file)))
    }
}

impl fmt::Display for FileTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "file {} of {} bytes", file.digest.short(12), file.bytes),
            Self::Folder(files) => write!(f, "{} files", files.len()),
        }
    }
}

/// Files of a release at their place in a workload: what is part of its hash. Which of the project's files
/// they were is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlacedFiles {
    /// Where the workload finds them: the path of the file, or of the folder.
    pub target: String,
    /// The files.
    pub tree: FileTree,
}

impl PlacedFiles {
    /// Files at a place.
    pub fn new(target: impl Into<String>, tree: FileTree) -> Self {
        Self { target: target.into(), tree }
    }

    /// The files with their bytes, as the last thing before a workload starts: each with its path below
    /// the target, none where the target is the file.
    ///
    /// # Errors
    /// Whatever the context's files answer: `blob.not_found`, `state.unreadable`.
    pub async fn read(&self, cx: &OpCx) -> Result<Vec<(Option<SourcePath>, Bytes)>> {
        let mut out = Vec::new();
        for (path, file) in self.tree.files() {
            out.push((path.cloned(), cx.files.read(&file.digest).await?));
        }
        Ok(out)
    }
}
