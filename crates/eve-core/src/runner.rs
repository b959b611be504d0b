//! The seam to whatever runs attempts.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::desired::{ImageRef, Resources};
use crate::{
    Artifact, AttemptId, Body, Change, Digest, EnvironmentId, Exit, Fencing, Finding, LogItem, LogOptions, OpCx,
    PlacedFiles, Provision, Result, SecretName, SecretVersion, Template, VarName,
};

/// Runs attempts: work that comes to an end.
#[async_trait]
pub trait Runner: Debug + Display + Send + Sync + 'static {
    /// Starts an attempt, or finds it.
    ///
    /// **Behaviour**
    /// - idempotent by the attempt's id and its spec's digest: at most one process ever runs for it;
    /// - returns once it is started, not when it ends;
    /// - files of the spec are in place before it starts, or it is refused;
    /// - kept until [`forget`](Self::forget);
    /// - a failed attempt's finding says whether another one may be tried: what ended by its own
    ///   fault counts against the job's attempts ([`RetryClass::BackOff`](crate::RetryClass)).
    ///
    /// # Errors
    /// `attempt.conflict` if the id is known with another spec; `artifact.not_found`, `image.not_found`,
    /// `workload.cannot_start`, `secret.missing`, `blob.not_found`; `capability.unsupported` where it has no
    /// place for files.
    async fn start(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started>;

    /// The attempt's states: the present one first, ending with [`AttemptState::Ended`].
    fn watch(&self, id: &AttemptId) -> BoxStream<'static, Result<AttemptState>>;

    /// Ends an attempt with everything that it started, and returns when nothing of it is left.
    ///
    /// # Errors
    /// `deadline.exceeded`, naming what is left.
    async fn stop(&self, id: &AttemptId, cx: &OpCx) -> Result<Change>;

    /// What the attempt wrote.
    fn logs(&self, id: &AttemptId, how: LogOptions) -> BoxStream<'static, Result<LogItem>>;

    /// The files that the attempt left in the folder named by `EVE_ARTIFACTS`, by name.
    ///
    /// # Errors
    /// `attempt.unknown`; `capability.unsupported` where none are kept.
    async fn artifacts(&self, id: &AttemptId) -> Result<BTreeMap<String, Bytes>>;

    /// The attempts of an environment that it holds, ended ones included.
    ///
    /// # Errors
    /// `backend.unavailable`.
    async fn owned(&self, env: &EnvironmentId) -> Result<Vec<AttemptId>>;

    /// Forgets an attempt that ended: its outcome is journaled. One that is gone is
    /// [`Skipped`](crate::ChangeOutcome::Skipped).
    ///
    /// # Errors
    /// `attempt.conflict` if it still runs; `lease.lost` for an older fence: a younger holder may
    /// still ask how it ended.
    async fn forget(&self, id: &AttemptId, cx: &OpCx) -> Result<Change>;

    /// Gets what an attempt needs before it starts.
    fn provision(&self) -> Option<&dyn Provision<AttemptSpec>> {
        None
    }

    /// Turns older holders away before it is asked what it holds.
    fn fencing(&self) -> Option<&dyn Fencing> {
        None
    }
}

/// What an attempt is to do. Everything but secrets is resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AttemptSpec {
    /// Its id.
    pub id: AttemptId,
    /// The environment that it works for.
    pub environment: EnvironmentId,
    /// The name of the job, for people.
    pub name: String,
    /// What it is started from; none where it needs nothing but its command line.
    pub artifact: Option<Artifact>,
    /// The image that it is started from, where nothing pinned one.
    pub image: Option<ImageRef>,
    /// The command line.
    pub argv: Vec<String>,
    /// The folder it starts in, relative to the artifact's root unless absolute.
    pub working_dir: Option<String>,
    /// Its environment variables: text and secrets only.
    pub variables: BTreeMap<VarName, Template>,
    /// The versions of the secrets in them.
    pub secrets: BTreeMap<SecretName, SecretVersion>,
    /// Files that are put in place before it starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<PlacedFiles>,
    /// How much it may use.
    pub resources: Resources,
    /// How long it may take.
    pub timeout: Duration,
}

impl AttemptSpec {
    /// An attempt at a command line, with a timeout of 300 s.
    pub fn new(id: AttemptId, environment: EnvironmentId, name: impl Into<String>, argv: Vec<String>) -> Self {
        Self {
            id,
            environment,
            name: name.into(),
            artifact: None,
            image: None,
            argv,
            working_dir: None,
            variables: BTreeMap::new(),
            secrets: BTreeMap::new(),
            files: Vec::new(),
            resources: Resources::default(),
            timeout: Duration::from_secs(300),
        }
    }

    /// The digest of the whole spec.
    ///
    /// # Errors
    /// `internal.encode` never happens for this type; the signature keeps the check.
    pub fn digest(&self) -> Result<Digest> {
        Ok(Body::of(self)?.digest())
    }
}

/// How starting went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Started {
    /// It was started now.
    New,
    /// It ran already.
    Adopted,
    /// It had ended already.
    Ended(Exit),
}

/// How an attempt is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttemptState {
    /// It runs.
    Running,
    /// It is over.
    Ended {
        /// How.
        exit: Exit,
        /// Why it did not end well, where it did not.
        finding: Option<Box<Finding>>,
    },
}
