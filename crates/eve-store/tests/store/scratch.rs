//! A state directory for one test.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eve_core::{Body, Env, EnvironmentId, Error, HolderId, LeaseName, Record, Result, StreamId, SystemEnv, Timestamp};
use eve_store::StateDir;
use tempfile::TempDir;

/// How long a test waits for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A folder that holds a state directory and is removed with it.
pub(crate) struct Scratch {
    _folder: TempDir,
    path: PathBuf,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/state");
        Self { _folder: folder, path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn open(&self) -> StateDir {
        self.try_open().await.unwrap()
    }

    pub(crate) async fn try_open(&self) -> Result<StateDir> {
        StateDir::open(&self.path, "a test", env()).await
    }

    pub(crate) async fn try_read(&self) -> Result<StateDir> {
        StateDir::open_read_only(&self.path, env()).await
    }

    /// The error of opening it, for writing and for reading.
    pub(crate) async fn errors(&self) -> [Error; 2] {
        [self.try_open().await.unwrap_err(), self.try_read().await.unwrap_err()]
    }
}

pub(crate) fn env() -> Arc<dyn Env> {
    Arc::new(SystemEnv::new())
}

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::from_stored(name)
}

pub(crate) fn lease() -> LeaseName {
    LeaseName::environment(&EnvironmentId::parse("acme/shop/test").unwrap())
}

pub(crate) fn holder(text: &str) -> HolderId {
    HolderId::new(text).unwrap()
}

pub(crate) fn record(text: &str) -> Record {
    Record::new("test.happened", 1, Timestamp::from_millis(1), Body::of(&text).unwrap())
}

pub(crate) async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it happens in time")
}
