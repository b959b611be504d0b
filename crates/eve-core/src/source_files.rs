//! The seam to a project's own files.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Error, Result, SourceDir, SourcePath, codes};

/// Reads files of a project, for a release to keep.
#[async_trait]
pub trait SourceFiles: Debug + Display + Send + Sync + 'static {
    /// What there is under a path of a project.
    ///
    /// **Behaviour**
    /// - a file is its bytes; a folder is all files below it, by their paths in it;
    /// - a link counts as what it leads to, as long as that is in the project;
    /// - no more is read than the limit, for which the folders on the way may count as files.
    ///
    /// # Errors
    /// `file.missing` if there is neither; `file.escapes` if a link leads out of the project;
    /// `file.too_large`; `state.io`.
    async fn read(&self, source: &SourceDir, path: &SourcePath, most: SourceLimit) -> Result<SourceContent>;
}

/// What there is under a path of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceContent {
    /// A file.
    File(Bytes),
    /// A folder: the files below it, by their paths in it.
    Folder(BTreeMap<SourcePath, Bytes>),
}

/// How much may be read of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceLimit {
    /// How many files.
    pub files: usize,
    /// How many bytes they may have together.
    pub bytes: u64,
}

impl SourceLimit {
    /// What one service may have: 1000 files of 1 MiB together, as much as a cluster takes too.
    pub const OF_SERVICE: Self = Self { files: 1000, bytes: 1 << 20 };

    /// What is left of it after some files.
    pub fn minus(self, files: usize, bytes: u64) -> Self {
        Self { files: self.files.saturating_sub(files), bytes: self.bytes.saturating_sub(bytes) }
    }

    /// What each of several equal parts may have.
    pub fn shared_by(self, parts: usize) -> Self {
        let parts = parts.max(1);
        Self { files: self.files / parts, bytes: self.bytes / parts as u64 }
    }

    /// The smaller of both.
    pub fn and(self, other: Self) -> Self {
        Self { files: self.files.min(other.files), bytes: self.bytes.min(other.bytes) }
    }

    /// Whether so much is within it.
    ///
    /// # Errors
    /// `file.too_large`.
    pub fn admit(self, what: &str, files: usize, bytes: u64) -> Result<()> {
        if files <= self.files && bytes <= self.bytes {
            return Ok(());
        }
        let (most, kib) = (Self::OF_SERVICE.files, Self::OF_SERVICE.bytes >> 10);
        let mut text = format!("{what} holds more than {most} files or {kib} KiB");
        if self != Self::OF_SERVICE {
            text = format!(
                "{what} holds more than the {} files or {} bytes that are left of {most} files and {kib} KiB of a service",
                self.files, self.bytes
            );
        }
        Err(Error::invalid(codes::FILE_TOO_LARGE, text).with_hint("build what is large into the image"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_limit_admits_no_more_than_that() {
        let most = SourceLimit::OF_SERVICE;
        assert!(most.admit("a", 1000, 1 << 20).is_ok());
        for (files, bytes) in [(1001, 0), (0, (1 << 20) + 1)] {
            assert_eq!(most.admit("a", files, bytes).unwrap_err().code(), &codes::FILE_TOO_LARGE);
        }
        let left = most.minus(999, (1 << 20) - 10);
        assert!(left.admit("a", 1, 10).is_ok() && left.admit("a", 2, 0).is_err() && left.admit("a", 0, 11).is_err());
        assert_eq!(left.shared_by(2), SourceLimit { files: 0, bytes: 5 });
        assert_eq!(most.minus(2000, 2 << 20), SourceLimit { files: 0, bytes: 0 });
        assert_eq!(most.minus(1, 0).and(most.minus(0, 1)), most.minus(1, 1));
    }
}
