//! What the secrets suite needs of a backend's author.

use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{Result, SecretStore};

use crate::Outcome;
use crate::stage::Stage;

/// Makes secret stores.
#[async_trait]
pub trait SecretsHarness: Send + Sync {
    /// An empty store. Asked for once a case.
    ///
    /// # Errors
    /// Whatever keeps the backend from being there.
    async fn secrets(&self) -> Result<Arc<dyn SecretStore>>;
}

pub(super) struct Safe {
    pub(super) store: Arc<dyn SecretStore>,
    /// Kept to the end of the case: what the store lies in may belong to it.
    _harness: Arc<dyn SecretsHarness>,
}

#[async_trait]
impl Stage<dyn SecretsHarness> for Safe {
    async fn open(harness: Arc<dyn SecretsHarness>) -> Outcome<Self> {
        Ok(Self { store: harness.secrets().await?, _harness: harness })
    }
}
