//! Children as their records tell of them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::{Error, LogItem, LogOptions, Result, codes};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::{Begun, ChildHolder, ChildId, ChildSpec, ChildStatus, Mandate, Record, Remains};
use crate::logs::LogReader;
use crate::state_dir::StateDir;

/// Reads beside whoever holds the children, or after it. What is asked to change, is refused.
#[derive(Debug)]
pub(crate) struct StoredChildren(Arc<StateDir>);

impl StoredChildren {
    const POLL: Duration = Duration::from_millis(500);

    pub(crate) fn new(state: Arc<StateDir>) -> Self {
        Self(state)
    }

    fn records(&self) -> impl Iterator<Item = Record> {
        let records = self.0.children().into_iter().filter_map(|folder| Record::read(&folder).ok()?);
        records.filter(|record| !record.released)
    }
}

#[async_trait]
impl ChildHolder for StoredChildren {
    async fn raise(&self, _: &Mandate) -> Result<()> {
        Err(refused())
    }

    async fn start(&self, _: ChildSpec, _: &Mandate) -> Result<Begun> {
        Err(refused())
    }

    async fn stop(&self, _: &ChildId, _: Duration, _: &Mandate) -> Result<Option<ChildStatus>> {
        Err(refused())
    }

    async fn release(&self, _: &ChildId, _: Remains, _: &Mandate) -> Result<bool> {
        Err(refused())
    }

    async fn list(&self, below: &str) -> Result<Vec<ChildStatus>> {
        let below = Path::new(below);
        let found = self.records().filter(|record| Path::new(record.id.as_str()).starts_with(below));
        Ok(found.map(Record::seen_from_outside).collect())
    }

    async fn status(&self, id: &ChildId) -> Result<Option<ChildStatus>> {
        let record = Record::read(&self.0.path(id.as_str()))?;
        Ok(record.filter(|record| !record.released).map(Record::seen_from_outside))
    }

    /// Nobody tells of changes, so there may be one at any time.
    fn watch(&self) -> BoxStream<'static, Result<u64>> {
        stream::unfold(0, |count| async move {
            if count > 0 {
                tokio::time::sleep(Self::POLL).await;
            }
            Some((Ok(count), count + 1))
        })
        .boxed()
    }

    fn logs(&self, id: &ChildId, how: &LogOptions) -> BoxStream<'static, Result<LogItem>> {
        let reader = LogReader::of_folder(&self.0.path(id.as_str()), how);
        reader.map_or_else(|| stream::empty().boxed(), LogReader::stream)
    }
}

impl fmt::Display for StoredChildren {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "records in {}", self.0.path("").display())
    }
}

fn refused() -> Error {
    Error::denied(codes::STATE_READ_ONLY, "the state of the processes is open for reading only")
}
