//! The store in a directory, on SQLite.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use eve::store::{FolderFiles, StateDir};
use eve::{Blobs, Error, Journal, Result, SecretStore, SourceDir, SourceFiles, SourcePath, SystemEnv, codes};
use eve_testkit::{BlobsHarness, JournalHarness, SecretsHarness, SourceFilesHarness};
use tempfile::TempDir;

/// State directories, kept until the case is over.
#[derive(Default)]
struct StateDirs(Mutex<Vec<(StateDir, TempDir)>>);

impl StateDirs {
    async fn open(&self) -> Result<StateDir> {
        let io = |e| Error::unavailable(codes::STATE_IO, "no temporary folder can be made").with_source(e);
        let dir = tempfile::tempdir().map_err(io)?;
        let state = StateDir::open(dir.path().join("state"), "conformance", Arc::new(SystemEnv::new())).await?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((state.clone(), dir));
        Ok(state)
    }
}

#[async_trait]
impl JournalHarness for StateDirs {
    async fn journal(&self) -> Result<Arc<dyn Journal>> {
        Ok(self.open().await?.journal())
    }
}

#[async_trait]
impl BlobsHarness for StateDirs {
    async fn blobs(&self) -> Result<Arc<dyn Blobs>> {
        Ok(self.open().await?.blobs())
    }
}

#[async_trait]
impl SecretsHarness for StateDirs {
    async fn secrets(&self) -> Result<Arc<dyn SecretStore>> {
        Ok(self.open().await?.secrets())
    }
}

/// Projects in folders, kept until the case is over.
#[derive(Default)]
struct Folders(Mutex<Vec<TempDir>>);

#[async_trait]
impl SourceFilesHarness for Folders {
    async fn source_files(&self) -> Result<Arc<dyn SourceFiles>> {
        Ok(Arc::new(FolderFiles::new()))
    }

    async fn project(&self, files: &[(SourcePath, Bytes)]) -> Result<SourceDir> {
        let io = |e| Error::unavailable(codes::STATE_IO, "no project can be made").with_source(e);
        let dir = tempfile::tempdir().map_err(io)?;
        for (path, bytes) in files {
            let path = dir.path().join(path.as_str());
            fs::create_dir_all(path.parent().unwrap_or(dir.path())).map_err(io)?;
            fs::write(path, bytes).map_err(io)?;
        }
        let source = SourceDir::new(dir.path());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(dir);
        Ok(source)
    }
}

eve_testkit::source_files_conformance!(source_files, Folders::default());
eve_testkit::journal_conformance!(journal, StateDirs::default());
eve_testkit::blobs_conformance!(blobs, StateDirs::default());
eve_testkit::secrets_conformance!(secrets, StateDirs::default());
