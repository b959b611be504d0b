//! The seam to whatever keeps secrets.

use std::fmt::{self, Debug, Display};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Change, EnvironmentId, OrgName, ProjectName, Result, Secret, SecretName, SecretRef, SecretVersion};

/// Keeps secrets, by scope.
#[async_trait]
pub trait SecretStore: Debug + Display + Send + Sync + 'static {
    /// A secret of exactly this scope, at a version or the current one.
    ///
    /// # Errors
    /// `secret.unreadable` if it is there and cannot be read. What is not there is none.
    async fn get(
        &self,
        scope: &SecretScope,
        name: &SecretName,
        version: Option<&SecretVersion>,
    ) -> Result<Option<(Secret, SecretVersion)>>;

    /// Stores a secret and returns its version. Equal text keeps the version.
    ///
    /// # Errors
    /// `state.read_only`, `state.disk_full`.
    async fn put(&self, scope: &SecretScope, name: &SecretName, secret: Secret) -> Result<SecretVersion>;

    /// Names and current versions of exactly this scope, sorted by name.
    ///
    /// # Errors
    /// `state.unreadable`.
    async fn list(&self, scope: &SecretScope) -> Result<Vec<SecretRef>>;

    /// Removes a secret with all its versions.
    ///
    /// # Errors
    /// `state.read_only`.
    async fn delete(&self, scope: &SecretScope, name: &SecretName) -> Result<Change>;
}

/// For whom a secret holds. The narrowest scope that has it wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SecretScope {
    /// Everybody.
    System,
    /// An organisation.
    Org(OrgName),
    /// A project.
    Project(OrgName, ProjectName),
    /// An environment.
    Environment(EnvironmentId),
}

impl SecretScope {
    /// The scopes that hold for an environment, the narrowest first.
    pub fn chain(env: &EnvironmentId) -> [Self; 4] {
        [
            Self::Environment(env.clone()),
            Self::Project(env.org.clone(), env.project.clone()),
            Self::Org(env.org.clone()),
            Self::System,
        ]
    }
}

impl Display for SecretScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Org(org) => write!(f, "org {org}"),
            Self::Project(org, project) => write!(f, "project {org}/{project}"),
            Self::Environment(env) => write!(f, "environment {env}"),
        }
    }
}

/// Looks a secret up for an environment: the narrowest scope that has it.
///
/// # Errors
/// `secret.unreadable`. What no scope has is none.
pub async fn lookup_secret(
    store: &dyn SecretStore,
    env: &EnvironmentId,
    name: &SecretName,
    version: Option<&SecretVersion>,
) -> Result<Option<(Secret, SecretVersion)>> {
    for scope in SecretScope::chain(env) {
        if let Some(found) = store.get(&scope, name, version).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
