//! What an engine on the embedded defaults is made of.

use std::sync::Arc;

use eve_core::{Blobs, Builder, Env, Journal, Policy, Routes, Runner, Runtime, SecretStore, SourceFiles};
use eve_engine::{Engine, EngineBuilder};

/// What an engine on the embedded defaults is made of, before it is: each part can be wrapped (see
/// [`wrap`](crate::wrap)) or replaced.
#[derive(Clone)]
#[non_exhaustive]
pub struct EmbeddedParts {
    /// Time, randomness and spawning.
    pub env: Arc<dyn Env>,
    /// Holds services.
    pub runtime: Arc<dyn Runtime>,
    /// Runs attempts.
    pub runner: Arc<dyn Runner>,
    /// Makes artifacts.
    pub builder: Arc<dyn Builder>,
    /// Leads requests, public and internal ones.
    pub routes: Arc<dyn Routes>,
    /// Where everything is journaled.
    pub journal: Arc<dyn Journal>,
    /// Where bytes are kept.
    pub blobs: Arc<dyn Blobs>,
    /// Where secrets are kept.
    pub secrets: Arc<dyn SecretStore>,
    /// Reads files of projects that releases keep.
    pub source_files: Arc<dyn SourceFiles>,
    /// What the host lets manifests ask of it.
    pub policy: Policy,
}

impl EmbeddedParts {
    /// An engine of these parts, with the default settings until others are set.
    pub fn into_builder(self) -> EngineBuilder {
        Engine::builder(self.env)
            .runtime(self.runtime)
            .runner(self.runner)
            .builder(self.builder)
            .routes(self.routes)
            .journal(self.journal)
            .blobs(self.blobs)
            .secrets(self.secrets)
            .source_files(self.source_files)
            .policy(self.policy)
    }
}

impl std::fmt::Debug for EmbeddedParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedParts")
            .field("runtime", &format_args!("{}", self.runtime))
            .field("routes", &format_args!("{}", self.routes))
            .field("journal", &format_args!("{}", self.journal))
            .finish_non_exhaustive()
    }
}
