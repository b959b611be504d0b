//! Secrets that a test gives.

use std::collections::BTreeMap;

use async_trait::async_trait;
use eve_core::{Error, Result, Secret, SecretName, SecretResolver, SecretVersion, codes};

/// Secrets by name, whatever their version.
#[derive(Clone, Default)]
pub(crate) struct Vault(BTreeMap<SecretName, Secret>);

impl Vault {
    pub(crate) fn with(mut self, name: SecretName, text: &str) -> Self {
        self.0.insert(name, Secret::new(text));
        self
    }
}

#[async_trait]
impl SecretResolver for Vault {
    async fn resolve(&self, name: &SecretName, _: &SecretVersion) -> Result<Secret> {
        let missing = || Error::not_found(codes::SECRET_MISSING, format!("the test gives no secret {name}"));
        self.0.get(name).cloned().ok_or_else(missing)
    }
}
