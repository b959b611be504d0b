//! Secrets in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::shared::Shared;
use crate::{Change, ChangeOutcome, Result, Secret, SecretName, SecretRef, SecretScope, SecretStore, SecretVersion};

/// A [`SecretStore`] that lives as long as its handles, with every version of every secret. Clones
/// share it.
#[derive(Clone, Default)]
pub struct MemorySecretStore(Arc<Shared<State>>);

#[derive(Default)]
struct State {
    /// The versions of each secret, never none, the current one last.
    secrets: BTreeMap<(SecretScope, SecretName), Vec<(SecretVersion, Secret)>>,
    /// Counts versions over all secrets: a secret that comes back has no version of before.
    version: u64,
}

impl MemorySecretStore {
    /// No secrets.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl SecretStore for MemorySecretStore {
    async fn get(
        &self,
        scope: &SecretScope,
        name: &SecretName,
        version: Option<&SecretVersion>,
    ) -> Result<Option<(Secret, SecretVersion)>> {
        Ok(self.0.read(|state| {
            let versions = state.secrets.get(&(scope.clone(), name.clone()))?;
            let found = match version {
                Some(version) => versions.iter().find(|(known, _)| known == version),
                None => versions.last(),
            };
            found.map(|(version, secret)| (secret.clone(), version.clone()))
        }))
    }

    async fn put(&self, scope: &SecretScope, name: &SecretName, secret: Secret) -> Result<SecretVersion> {
        Ok(self.0.note(|state| {
            let versions = state.secrets.entry((scope.clone(), name.clone())).or_default();
            if let Some((version, known)) = versions.last()
                && known.expose() == secret.expose()
            {
                return version.clone();
            }
            state.version += 1;
            let version = SecretVersion::new(state.version.to_string());
            versions.push((version.clone(), secret));
            version
        }))
    }

    async fn list(&self, scope: &SecretScope) -> Result<Vec<SecretRef>> {
        Ok(self.0.read(|state| {
            let own = state.secrets.iter().filter(|((owner, _), _)| owner == scope);
            own.filter_map(|((_, name), versions)| {
                let (version, _) = versions.last()?;
                Some(SecretRef { name: name.clone(), version: version.clone() })
            })
            .collect()
        }))
    }

    async fn delete(&self, scope: &SecretScope, name: &SecretName) -> Result<Change> {
        Ok(self.0.note(|state| {
            if state.secrets.remove(&(scope.clone(), name.clone())).is_none() {
                return Change::new(ChangeOutcome::Skipped, state.version);
            }
            state.version += 1;
            Change::new(ChangeOutcome::Deleted, state.version)
        }))
    }
}

impl fmt::Display for MemorySecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}

impl fmt::Debug for MemorySecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secrets = self.0.read(|state| state.secrets.len());
        f.debug_struct("MemorySecretStore").field("secrets", &secrets).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn equal_text_keeps_the_version_and_a_deleted_secret_never_has_it_again() {
        let (store, scope, name) = (MemorySecretStore::new(), SecretScope::System, SecretName::new("KEY").unwrap());
        let first = store.put(&scope, &name, Secret::new("a")).await.unwrap();
        assert_eq!(store.put(&scope, &name, Secret::new("a")).await.unwrap(), first);
        let second = store.put(&scope, &name, Secret::new("b")).await.unwrap();
        assert_ne!(first, second);
        assert_eq!(store.get(&scope, &name, Some(&first)).await.unwrap().unwrap().0.expose(), "a");
        assert_eq!(store.list(&scope).await.unwrap(), [SecretRef { name: name.clone(), version: second }]);

        store.delete(&scope, &name).await.unwrap();
        assert!(store.get(&scope, &name, Some(&first)).await.unwrap().is_none());
        assert_ne!(store.put(&scope, &name, Secret::new("a")).await.unwrap(), first);
    }
}
