//! Secrets in env files, one per scope.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::{
    Change, ChangeOutcome, Env, Error, Result, Secret, SecretName, SecretRef, SecretScope, SecretStore, SecretVersion,
    codes,
};
use zeroize::Zeroizing;

use super::env_file::{EnvFile, Malformed};
use super::version_key::VersionKey;
use crate::access::Access;
use crate::atomic_file::{AtomicFile, private_dir};
use crate::blocking::blocking;
use crate::intent::{Intent, busy, unreadable};
use crate::locked_file::LockedFile;

/// How long one change waits for others.
const PATIENCE: Duration = Duration::from_secs(10);

/// Secrets in env files, one per scope, which a person can read and edit.
///
/// | scope | file in `secrets/` |
/// |---|---|
/// | everybody | `system.env` |
/// | an organisation | `org.ORG.env` |
/// | a project | `project.ORG.PROJECT.env` |
/// | an environment | `environment.ORG.PROJECT.ENV.env` |
///
/// **They are not encrypted at rest**: what protects them is that only their owner may read the
/// files (mode 0600 in a folder of mode 0700). Encryption is for another store behind the same
/// trait.
///
/// A version is the first 16 hexadecimal digits of a keyed digest over scope, name and text, so
/// equal text has the equal version, also when a person edited the file. Only the current version
/// is kept: asking for another one gives none.
///
/// A change locks `secrets/lock` from reading a file until it is replaced, so changes by several
/// processes are all kept. Reading needs no lock: a file is the old one or the new one.
#[derive(Debug, Clone)]
pub struct EnvFileSecrets(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    access: Arc<Access>,
    env: Arc<dyn Env>,
}

impl EnvFileSecrets {
    pub(crate) fn new(dir: &Path, access: Arc<Access>, env: Arc<dyn Env>) -> Self {
        Self(Arc::new(Inner { root: dir.join("secrets"), access, env }))
    }

    /// Makes the folder and the key of the versions.
    pub(crate) fn prepare(&self) -> Result<()> {
        let root = &self.0.root;
        private_dir(root).map_err(|source| Intent::Write.io_error(root, source))?;
        let _changing = self.0.change()?;
        VersionKey::prepare(root, &*self.0.env)
    }
}

impl Inner {
    fn get(&self, scope: &SecretScope, name: &SecretName, version: Option<&SecretVersion>) -> Result<Option<Found>> {
        let file = self.load(scope).map_err(|error| secret_unreadable(scope, name, error))?;
        let Some(secret) = file.find(name) else { return Ok(None) };
        let key = VersionKey::load(&self.root).map_err(|error| secret_unreadable(scope, name, error))?;
        let current = key.version(scope, name, secret);
        Ok(version.is_none_or(|version| *version == current).then(|| (secret.clone(), current)))
    }

    fn put(&self, scope: &SecretScope, name: &SecretName, secret: Secret) -> Result<SecretVersion> {
        self.access.check_write()?;
        let _changing = self.change()?;
        let mut file = self.load(scope)?;
        let version = VersionKey::load(&self.root)?.version(scope, name, &secret);
        if file.find(name).is_none_or(|stored| stored.expose() != secret.expose()) {
            file.set(name, secret);
            self.store(scope, &file)?;
        }
        Ok(version)
    }

    fn list(&self, scope: &SecretScope) -> Result<Vec<SecretRef>> {
        let file = self.load(scope)?;
        if file.pairs().next().is_none() {
            return Ok(Vec::new());
        }
        let key = VersionKey::load(&self.root)?;
        let refs = file.pairs().map(|(name, secret)| {
            let version = key.version(scope, name, secret);
            SecretRef { name: name.clone(), version }
        });
        let mut refs: Vec<_> = refs.collect();
        refs.sort();
        Ok(refs)
    }

    fn delete(&self, scope: &SecretScope, name: &SecretName) -> Result<Change> {
        self.access.check_write()?;
        let _changing = self.change()?;
        let mut file = self.load(scope)?;
        if !file.remove(name) {
            return Ok(Change::new(ChangeOutcome::Skipped, 0));
        }
        self.store(scope, &file)?;
        Ok(Change::new(ChangeOutcome::Deleted, 0))
    }

    /// Waits until nobody else changes anything. The lock is given back when it is dropped.
    fn change(&self) -> Result<LockedFile> {
        let path = self.root.join("lock");
        let lock = LockedFile::take(&path, PATIENCE).map_err(|source| Intent::Write.io_error(&path, source))?;
        lock.ok_or_else(|| busy(&self.root))
    }

    fn load(&self, scope: &SecretScope) -> Result<EnvFile> {
        let path = self.path(scope)?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(source) if source.kind() == ErrorKind::NotFound => return Ok(EnvFile::empty()),
            Err(source) if source.kind() == ErrorKind::InvalidData => return Err(unreadable(&path).with_source(source)),
            Err(source) => return Err(Intent::Read.io_error(&path, source)),
        };
        EnvFile::parse(&text).map_err(|Malformed { line, rule }| {
            let text = format!("line {line} of {} cannot be read", path.display());
            Error::corrupt(codes::STATE_UNREADABLE, text).with_hint(rule)
        })
    }

    fn store(&self, scope: &SecretScope, file: &EnvFile) -> Result<()> {
        let path = self.path(scope)?;
        let done = if file.is_empty() {
            fs::remove_file(&path)
        } else {
            AtomicFile::beside(&path).write(file.render().as_bytes())
        };
        done.map_err(|source| Intent::Write.io_error(&path, source))
    }

    /// Names have no dots, so no two scopes share a file.
    fn path(&self, scope: &SecretScope) -> Result<PathBuf> {
        let file = match scope {
            SecretScope::System => "system.env".to_owned(),
            SecretScope::Org(org) => format!("org.{org}.env"),
            SecretScope::Project(org, project) => format!("project.{org}.{project}.env"),
            SecretScope::Environment(id) => format!("environment.{}.{}.{}.env", id.org, id.project, id.env),
            _ => {
                let text = format!("env files keep no secrets of {scope}");
                return Err(Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text));
            }
        };
        Ok(self.root.join(file))
    }
}

type Found = (Secret, SecretVersion);

fn secret_unreadable(scope: &SecretScope, name: &SecretName, source: Error) -> Error {
    let hint = source.hint().unwrap_or("look at the file and mend it").to_owned();
    Error::corrupt(codes::SECRET_UNREADABLE, format!("secret {name} of {scope} cannot be read"))
        .with_hint(hint)
        .with_source(source)
}

#[async_trait]
impl SecretStore for EnvFileSecrets {
    async fn get(
        &self,
        scope: &SecretScope,
        name: &SecretName,
        version: Option<&SecretVersion>,
    ) -> Result<Option<(Secret, SecretVersion)>> {
        let (inner, scope, name, version) = (self.0.clone(), scope.clone(), name.clone(), version.cloned());
        blocking(move || inner.get(&scope, &name, version.as_ref())).await
    }

    async fn put(&self, scope: &SecretScope, name: &SecretName, secret: Secret) -> Result<SecretVersion> {
        let (inner, scope, name) = (self.0.clone(), scope.clone(), name.clone());
        blocking(move || inner.put(&scope, &name, secret)).await
    }

    async fn list(&self, scope: &SecretScope) -> Result<Vec<SecretRef>> {
        let (inner, scope) = (self.0.clone(), scope.clone());
        blocking(move || inner.list(&scope)).await
    }

    async fn delete(&self, scope: &SecretScope, name: &SecretName) -> Result<Change> {
        let (inner, scope, name) = (self.0.clone(), scope.clone(), name.clone());
        blocking(move || inner.delete(&scope, &name)).await
    }
}

impl fmt::Display for EnvFileSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "env file secrets in {}", self.0.root.display())
    }
}
