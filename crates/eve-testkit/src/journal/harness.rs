//! What the journal suite needs of a backend's author.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::{Body, Env, HolderId, Journal, Record, Result, StreamId, SystemEnv};

use crate::Outcome;
use crate::stage::Stage;

/// Makes journals.
#[async_trait]
pub trait JournalHarness: Send + Sync {
    /// An empty journal. Asked for once a case.
    ///
    /// # Errors
    /// Whatever keeps the backend from being there.
    async fn journal(&self) -> Result<Arc<dyn Journal>>;

    /// Time and randomness, the same that the journal uses. By default the system's.
    fn env(&self) -> Arc<dyn Env> {
        Arc::new(SystemEnv::new())
    }
}

pub(super) struct Book {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) env: Arc<dyn Env>,
    /// Kept to the end of the case: what the journal lies in may belong to it.
    _harness: Arc<dyn JournalHarness>,
}

#[async_trait]
impl Stage<dyn JournalHarness> for Book {
    async fn open(harness: Arc<dyn JournalHarness>) -> Outcome<Self> {
        Ok(Self { journal: harness.journal().await?, env: harness.env(), _harness: harness })
    }
}

impl Book {
    /// A time to live that no case outlasts.
    pub(super) const LONG: Duration = Duration::from_secs(600);
    /// A time to live that a case waits out.
    pub(super) const SHORT: Duration = Duration::from_millis(300);

    pub(super) fn holder(&self) -> HolderId {
        HolderId::generate(&*self.env)
    }

    /// A record whose body is this number.
    pub(super) fn record(&self, number: usize) -> Record {
        let body = Body::of(&number).expect("a number has a JSON form");
        Record::new("counted", 1, self.env.now(), body)
    }

    pub(super) fn records(&self, numbers: impl IntoIterator<Item = usize>) -> Vec<Record> {
        numbers.into_iter().map(|number| self.record(number)).collect()
    }

    /// Waits until a lease of [`Book::SHORT`] is over.
    pub(super) async fn outlast(&self) {
        self.env.sleep(Self::SHORT * 2).await;
    }
}

pub(super) fn stream(text: &str) -> StreamId {
    StreamId::from_stored(text)
}
