//! What an engine is made of.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use eve_core::{
    Blobs, Builder, Env, HolderId, Journal, Policy, RetryPolicy, Routes, Runner, Runtime, SecretStore, SourceFiles,
};

/// The parts that an embedder plugged in, and the settings.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) env: Arc<dyn Env>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) public: Arc<dyn Routes>,
    pub(crate) internal: Arc<dyn Routes>,
    pub(crate) runner: Arc<dyn Runner>,
    pub(crate) builder: Arc<dyn Builder>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) secrets: Arc<dyn SecretStore>,
    /// None where no project has files for a release to keep.
    pub(crate) source_files: Option<Arc<dyn SourceFiles>>,
    pub(crate) settings: Settings,
    /// Who takes leases: this engine and no other.
    pub(crate) holder: HolderId,
}

/// Settings, each with its default.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// How long a lease holds without being renewed. 30 s.
    pub(crate) lease: Duration,
    /// How long one operation may take that has no deadline of its own. 60 s.
    pub(crate) operation: Duration,
    /// How long a build may take. 30 min.
    pub(crate) build: Duration,
    /// How long getting what a plan or an attempt needs may take. 30 min.
    pub(crate) provision: Duration,
    /// How failed attempts are tried again.
    pub(crate) retry: RetryPolicy,
    /// Whether artifacts that nobody needs are removed after a run that changed something. No.
    pub(crate) clean_up: bool,
    /// The address of the embedder's API, for workloads.
    pub(crate) api_url: Option<String>,
    /// What the host allows. Nothing.
    pub(crate) policy: Arc<Policy>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            operation: Duration::from_secs(60),
            build: Duration::from_secs(30 * 60),
            provision: Duration::from_secs(30 * 60),
            retry: RetryPolicy::default(),
            clean_up: false,
            api_url: None,
            policy: Arc::default(),
        }
    }
}

impl Parts {
    /// Who serves a kind of route.
    pub(crate) fn routes(&self, public: bool) -> &Arc<dyn Routes> {
        if public { &self.public } else { &self.internal }
    }

    /// The different route parts: one, or two.
    pub(crate) fn all_routes(&self) -> Vec<&Arc<dyn Routes>> {
        if Arc::ptr_eq(&self.public, &self.internal) { vec![&self.public] } else { vec![&self.public, &self.internal] }
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("runtime", &format_args!("{}", self.runtime))
            .field("public", &format_args!("{}", self.public))
            .field("internal", &format_args!("{}", self.internal))
            .field("journal", &format_args!("{}", self.journal))
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}
