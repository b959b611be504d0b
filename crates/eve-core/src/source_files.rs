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
    /// - no more is read than [`SourceContent::MOST_BYTES`] and [`SourceContent::MOST_FILES`].
    ///
    /// # Errors
    /// `file.missing` if there is neither; `file.escapes` if a link leads out of the project;
    /// `file.too_large`; `state.io`.
    async fn read(&self, source: &SourceDir, path: &SourcePath) -> Result<SourceContent>;
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

impl SourceContent {
    /// How many bytes all files of one service may have together: 1 MiB, as much as a cluster takes too.
    pub const MOST_BYTES: u64 = 1 << 20;
    /// How many files one service may have.
    pub const MOST_FILES: usize = 1000;

    /// Whether so much may be kept for one service.
    ///
    /// # Errors
    /// `file.too_large`.
    pub fn admit(what: &str, files: usize, bytes: u64) -> Result<()> {
        if files <= Self::MOST_FILES && bytes <= Self::MOST_BYTES {
            return Ok(());
        }
        let (most, kib) = (Self::MOST_FILES, Self::MOST_BYTES >> 10);
        let text = format!("{what} holds more than {most} files or {kib} KiB");
        Err(Error::invalid(codes::FILE_TOO_LARGE, text).with_hint("build what is large into the image"))
    }
}
