//! Operations: each changes exactly one object.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Body, Cancel, Deadline, Digest, Env, EnvironmentId, Fence, Incarnation, ObjectId, Policy, Progress, Result, Secret,
    SecretName, SecretVersion, ServiceName,
};
use async_trait::async_trait;
use bytes::Bytes;

/// The identity of an operation: what it does to which object. Equal in every plan that needs it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpId(String);

impl OpId {
    /// An operation's identity by its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verb {
    /// Makes an object, or makes it anew where one of that name has ended.
    Create,
    /// Changes an object in place.
    Update,
    /// Removes one incarnation of an object.
    Delete,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        })
    }
}

/// An operation of a runtime: it changes exactly one object, and says why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Op {
    /// Its identity.
    pub id: OpId,
    /// What it does.
    pub verb: Verb,
    /// To which object.
    pub object: ObjectId,
    /// The service that the object is an instance of.
    pub service: Option<ServiceName>,
    /// The hash of our fields before.
    pub before: Option<Digest>,
    /// The hash of our fields after; none for a deletion.
    pub after: Option<Digest>,
    /// Which incarnation a deletion or update is meant for.
    pub incarnation: Option<Incarnation>,
    /// Why, in one sentence.
    pub why: String,
    /// What the backend needs to perform it. Secrets are references in it.
    pub body: Option<Body>,
    /// Objects whose operations must be done first, where the plan has any for them.
    pub after_objects: Vec<ObjectId>,
}

impl Op {
    /// An operation that makes or changes an object; its after-hash is the body's digest.
    pub fn ensure(verb: Verb, object: ObjectId, before: Option<Digest>, body: Body, why: impl Into<String>) -> Self {
        let after = body.digest();
        let id = OpId::new(format!("{verb} {object} {}", after.short(16)));
        Self {
            id,
            verb,
            object,
            service: None,
            before,
            after: Some(after),
            incarnation: None,
            why: why.into(),
            body: Some(body),
            after_objects: Vec::new(),
        }
    }

    /// An operation that removes one incarnation of an object.
    pub fn delete(object: &crate::Object, why: impl Into<String>) -> Self {
        Self {
            id: OpId::new(format!("delete {}", object.instance())),
            verb: Verb::Delete,
            object: object.id.clone(),
            service: object.service.clone(),
            before: object.hash.clone(),
            after: None,
            incarnation: Some(object.incarnation.clone()),
            why: why.into(),
            body: None,
            after_objects: Vec::new(),
        }
    }
}

/// What an operation did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// What happened.
    pub outcome: ChangeOutcome,
    /// The object's version afterwards. What is observed with a smaller one is older than this.
    pub version: u64,
    /// The object's incarnation afterwards, where it has one.
    pub incarnation: Option<Incarnation>,
}

impl Change {
    /// A change.
    pub fn new(outcome: ChangeOutcome, version: u64) -> Self {
        Self { outcome, version, incarnation: None }
    }

    /// Names the incarnation.
    pub fn with_incarnation(mut self, incarnation: Incarnation) -> Self {
        self.incarnation = Some(incarnation);
        self
    }
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeOutcome {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was so already.
    Unchanged,
    /// It was removed.
    Deleted,
    /// It was gone already, or belongs to somebody else.
    Skipped,
}

/// What an operation is handed besides itself.
#[derive(Clone)]
#[non_exhaustive]
pub struct OpCx {
    /// Time, randomness and spawning.
    pub env: Arc<dyn Env>,
    /// Whose object it changes.
    pub environment: EnvironmentId,
    /// The operation's identity: effects that have no name of their own carry it.
    pub operation: OpId,
    /// The token of the lease under which it runs. A backend that remembers tokens refuses older ones.
    pub fence: Fence,
    /// When it has to be over.
    pub deadline: Deadline,
    /// Whether it was cancelled.
    pub cancel: Cancel,
    /// Gives secrets their text.
    pub secrets: Arc<dyn SecretResolver>,
    /// Gives files of the release their bytes.
    pub files: Arc<dyn FileResolver>,
    /// Where it says how far it is.
    pub progress: Progress,
    /// What the host allows: judged by whoever makes a workload, right before it does. By default nothing.
    pub policy: Arc<Policy>,
}

impl OpCx {
    /// A context without secrets and files, and with nobody who listens.
    pub fn new(
        env: Arc<dyn Env>,
        environment: EnvironmentId,
        operation: OpId,
        fence: Fence,
        deadline: Deadline,
    ) -> Self {
        Self {
            env,
            environment,
            operation,
            fence,
            deadline,
            cancel: Cancel::new(),
            secrets: Arc::new(NoSecrets),
            files: Arc::new(NoFiles),
            progress: Progress::silent(),
            policy: Arc::default(),
        }
    }

    /// Says what the host allows.
    pub fn with_policy(mut self, policy: Arc<Policy>) -> Self {
        self.policy = policy;
        self
    }

    /// Gives it secrets.
    pub fn with_secrets(mut self, secrets: Arc<dyn SecretResolver>) -> Self {
        self.secrets = secrets;
        self
    }

    /// Gives it files.
    pub fn with_files(mut self, files: Arc<dyn FileResolver>) -> Self {
        self.files = files;
        self
    }

    /// Binds it to a cancellation.
    pub fn with_cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = cancel;
        self
    }

    /// Fails if the operation was cancelled or its time is over: what every `perform` asks first.
    ///
    /// # Errors
    /// `cancelled`, `deadline.exceeded`.
    pub fn admit(&self) -> Result<()> {
        self.cancel.check()?;
        if self.deadline.has_passed(&*self.env) {
            return Err(Deadline::exceeded(&format!("operation {} to begin", self.operation)));
        }
        Ok(())
    }

    /// Lets it say how far it is.
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }
}

impl fmt::Debug for OpCx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpCx")
            .field("environment", &self.environment)
            .field("operation", &self.operation)
            .field("fence", &self.fence)
            .finish_non_exhaustive()
    }
}

/// Gives a secret of the operation's environment its text.
#[async_trait]
pub trait SecretResolver: Send + Sync + 'static {
    /// The text of one version of a secret.
    ///
    /// # Errors
    /// `secret.missing` if that version is gone, `secret.unreadable` if it cannot be read.
    async fn resolve(&self, name: &SecretName, version: &SecretVersion) -> Result<Secret>;
}

/// Gives files of a release their bytes.
#[async_trait]
pub trait FileResolver: Send + Sync + 'static {
    /// The bytes under a digest, checked against it.
    ///
    /// # Errors
    /// `blob.not_found`; `state.unreadable` if what is kept has another digest.
    async fn read(&self, digest: &Digest) -> Result<Bytes>;
}

#[derive(Debug)]
struct NoFiles;

#[async_trait]
impl FileResolver for NoFiles {
    async fn read(&self, digest: &Digest) -> Result<Bytes> {
        let text = format!("no files are plugged in, {} has no bytes", digest.short(12));
        Err(crate::Error::not_found(crate::codes::BLOB_NOT_FOUND, text))
    }
}

#[derive(Debug)]
struct NoSecrets;

#[async_trait]
impl SecretResolver for NoSecrets {
    async fn resolve(&self, name: &SecretName, _: &SecretVersion) -> Result<Secret> {
        Err(crate::Error::not_found(
            crate::codes::SECRET_MISSING,
            format!("no secret store is plugged in, {name} has no text"),
        ))
    }
}
