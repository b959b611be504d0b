//! The seam to whatever makes artifacts.

use std::fmt::{self, Debug, Display};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::desired::BuildSpec;
use crate::{Artifact, ArtifactStore, Cancel, Deadline, Env, Progress, Result, ServiceName};

/// Makes artifacts from source.
#[async_trait]
pub trait Builder: Debug + Display + Send + Sync + 'static {
    /// Builds one service.
    ///
    /// **Behaviour**
    /// - equal source and spec give an equal artifact;
    /// - lines go to `cx.log` as they come;
    /// - cancelled, it ends with everything that it started.
    ///
    /// # Errors
    /// `build.context_missing`, `build.context_escapes`, `build.failed`; `cancelled`,
    /// `deadline.exceeded`.
    async fn build(&self, request: &BuildRequest, cx: &BuildCx) -> Result<Artifact>;

    /// What it made and still keeps.
    fn artifacts(&self) -> Option<&dyn ArtifactStore> {
        None
    }
}

/// What to build.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BuildRequest {
    /// The service.
    pub service: ServiceName,
    /// How.
    pub spec: BuildSpec,
    /// The project's files.
    pub source: SourceDir,
}

impl BuildRequest {
    /// A build of a service.
    pub fn new(service: ServiceName, spec: BuildSpec, source: SourceDir) -> Self {
        Self { service, spec, source }
    }
}

/// The root folder of a project's files.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceDir(PathBuf);

impl SourceDir {
    /// A folder. Whether it exists is found out when it is read.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Debug for SourceDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.display())
    }
}

/// What a build is handed besides its request.
#[derive(Clone)]
#[non_exhaustive]
pub struct BuildCx {
    /// Time, randomness and spawning.
    pub env: Arc<dyn Env>,
    /// When it has to be over.
    pub deadline: Deadline,
    /// Whether it was cancelled.
    pub cancel: Cancel,
    /// Where it says how far it is.
    pub progress: Progress,
    /// Where its lines go.
    pub log: Arc<dyn Fn(Bytes) + Send + Sync>,
}

impl BuildCx {
    /// A context whose lines go nowhere.
    pub fn new(env: Arc<dyn Env>, deadline: Deadline) -> Self {
        Self { env, deadline, cancel: Cancel::new(), progress: Progress::silent(), log: Arc::new(|_| {}) }
    }
}

impl Debug for BuildCx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuildCx").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}
