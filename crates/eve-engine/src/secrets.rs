//! Secrets of one environment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{
    EnvironmentId, Error, Result, Secret, SecretName, SecretResolver, SecretStore, SecretVersion, codes, lookup_secret,
};

/// Gives the secrets of one environment their text: the narrowest scope that has one wins.
pub struct EnvironmentSecrets {
    store: Arc<dyn SecretStore>,
    environment: EnvironmentId,
}

impl EnvironmentSecrets {
    /// The secrets that hold for an environment.
    pub fn new(store: Arc<dyn SecretStore>, environment: EnvironmentId) -> Self {
        Self { store, environment }
    }

    /// The current version of every secret that is needed.
    ///
    /// # Errors
    /// `secret.missing`, naming all that no scope has, each with the places that need it.
    pub async fn versions(
        &self,
        needed: &BTreeMap<SecretName, Vec<String>>,
    ) -> Result<BTreeMap<SecretName, SecretVersion>> {
        let mut out = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, places) in needed {
            match lookup_secret(&*self.store, &self.environment, name, None).await? {
                Some((_, version)) => {
                    out.insert(name.clone(), version);
                }
                None => missing.push(format!("{name} (for {})", places.join(", "))),
            }
        }
        if missing.is_empty() {
            return Ok(out);
        }
        let names: Vec<_> = needed.keys().filter(|name| !out.contains_key(*name)).map(SecretName::as_str).collect();
        Err(Error::not_found(
            codes::SECRET_MISSING,
            format!("{} missing: {}", plural(missing.len()), missing.join("; ")),
        )
        .with_hint(format!("put {} into the secret store for {}", names.join(", "), self.environment)))
    }
}

fn plural(n: usize) -> String {
    if n == 1 { "1 secret is".to_owned() } else { format!("{n} secrets are") }
}

#[async_trait]
impl SecretResolver for EnvironmentSecrets {
    async fn resolve(&self, name: &SecretName, version: &SecretVersion) -> Result<Secret> {
        match lookup_secret(&*self.store, &self.environment, name, Some(version)).await? {
            Some((secret, _)) => Ok(secret),
            None => Err(Error::not_found(codes::SECRET_MISSING, format!("version {version} of secret {name} is gone"))
                .with_hint("deploy again: a new plan takes the current version")),
        }
    }
}

impl fmt::Debug for EnvironmentSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnvironmentSecrets({})", self.environment)
    }
}
