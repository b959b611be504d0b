//! The store in a directory, on SQLite.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use eve::store::StateDir;
use eve::{Blobs, Error, Journal, Result, SecretStore, SystemEnv, codes};
use eve_testkit::{BlobsHarness, JournalHarness, SecretsHarness};
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

eve_testkit::journal_conformance!(journal, StateDirs::default());
eve_testkit::blobs_conformance!(blobs, StateDirs::default());
eve_testkit::secrets_conformance!(secrets, StateDirs::default());
