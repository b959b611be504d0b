//! Files of projects in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::shared::Shared;
use crate::{Error, Result, SourceContent, SourceDir, SourceFiles, SourceLimit, SourcePath, codes};

/// [`SourceFiles`] that are told to it. Every project has the same. Clones share them.
#[derive(Clone, Default)]
pub struct MemorySourceFiles(Arc<Shared<BTreeMap<SourcePath, Bytes>>>);

impl MemorySourceFiles {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a file holds from now on.
    pub fn put(&self, path: SourcePath, bytes: impl Into<Bytes>) {
        self.0.note(|files| files.insert(path, bytes.into()));
    }

    /// From now on a file does not exist.
    pub fn remove(&self, path: &SourcePath) {
        self.0.note(|files| files.remove(path));
    }
}

#[async_trait]
impl SourceFiles for MemorySourceFiles {
    async fn read(&self, _: &SourceDir, path: &SourcePath, most: SourceLimit) -> Result<SourceContent> {
        let (file, folder) = self.0.read(|files| {
            let below = |known: &SourcePath| {
                let rest = known.as_str().strip_prefix(path.as_str())?.strip_prefix('/')?;
                SourcePath::new(rest).ok()
            };
            let folder: BTreeMap<_, _> =
                files.iter().filter_map(|(known, bytes)| Some((below(known)?, bytes.clone()))).collect();
            (files.get(path).cloned(), folder)
        });
        if file.is_none() && folder.is_empty() {
            return Err(Error::not_found(codes::FILE_MISSING, format!("{path} is no file of the project")));
        }
        let all = || file.iter().chain(folder.values());
        most.admit(path.as_str(), all().count(), all().map(|bytes| bytes.len() as u64).sum())?;
        Ok(file.map_or(SourceContent::Folder(folder), SourceContent::File))
    }
}

impl fmt::Display for MemorySourceFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}

impl fmt::Debug for MemorySourceFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.0.read(BTreeMap::len);
        f.debug_struct("MemorySourceFiles").field("files", &files).finish_non_exhaustive()
    }
}
