//! Plugging an engine together.

use std::sync::Arc;
use std::time::Duration;

use eve_core::{
    Blobs, Builder, Env, Error, HolderId, Journal, Policy, Result, RetryPolicy, Routes, Runner, Runtime, SecretStore,
    SourceFiles, codes, memory,
};

use crate::Engine;
use crate::parts::{Parts, Settings};

/// Plugs an engine together. Every part is needed that does not say otherwise; [`in_memory`](Self::in_memory) brings those that
/// are not given.
#[derive(Debug)]
pub struct EngineBuilder {
    env: Arc<dyn Env>,
    runtime: Option<Arc<dyn Runtime>>,
    public: Option<Arc<dyn Routes>>,
    internal: Option<Arc<dyn Routes>>,
    runner: Option<Arc<dyn Runner>>,
    builder: Option<Arc<dyn Builder>>,
    journal: Option<Arc<dyn Journal>>,
    blobs: Option<Arc<dyn Blobs>>,
    secrets: Option<Arc<dyn SecretStore>>,
    source_files: Option<Arc<dyn SourceFiles>>,
    settings: Settings,
}

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident: $what:ident,)*) => {$(
        $(#[$doc])*
        pub fn $name(mut self, part: Arc<dyn $what>) -> Self {
            self.$name = Some(part);
            self
        }
    )*};
}

impl EngineBuilder {
    pub(crate) fn new(env: Arc<dyn Env>) -> Self {
        Self {
            env,
            runtime: None,
            public: None,
            internal: None,
            runner: None,
            builder: None,
            journal: None,
            blobs: None,
            secrets: None,
            source_files: None,
            settings: Settings::default(),
        }
    }

    parts! {
        /// Who holds services.
        runtime: Runtime,
        /// Who runs jobs.
        runner: Runner,
        /// Who makes artifacts.
        builder: Builder,
        /// Where everything is journaled.
        journal: Journal,
        /// Where logs and evidence are kept.
        blobs: Blobs,
        /// Where secrets come from.
        secrets: SecretStore,
        /// Who reads files of a project that a release keeps. Only needed where there are any.
        source_files: SourceFiles,
    }

    /// Who leads requests, from outside and between services.
    pub fn routes(mut self, routes: Arc<dyn Routes>) -> Self {
        self.public = Some(Arc::clone(&routes));
        self.internal = Some(routes);
        self
    }

    /// Who leads requests from outside, where that is somebody else than between services.
    pub fn public_routes(mut self, routes: Arc<dyn Routes>) -> Self {
        self.public = Some(routes);
        self
    }

    /// How failed attempts are tried again. By default once, with free tries for lost machines.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.settings.retry = policy;
        self
    }

    /// How long a lease holds without being renewed. By default 30 s.
    pub fn lease(mut self, ttl: Duration) -> Self {
        self.settings.lease = ttl;
        self
    }

    /// How long one operation may take that has no deadline of its own. By default 60 s.
    pub fn operation_timeout(mut self, within: Duration) -> Self {
        self.settings.operation = within;
        self
    }

    /// How long it may take to get what a plan or an attempt needs before it begins, such as images that
    /// are fetched. A deploy step's own timeout counts as well. By default 30 min.
    pub fn provision_timeout(mut self, within: Duration) -> Self {
        self.settings.provision = within;
        self
    }

    /// Whether every run that succeeds and changed something [cleans up](Engine::clean_up) before it is
    /// reported, in all environments. By default not.
    pub fn clean_up_after_runs(mut self, clean_up: bool) -> Self {
        self.settings.clean_up = clean_up;
        self
    }

    /// The address of the embedder's API: workloads find it in `EVE_API_URL`. By default none.
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.settings.api_url = Some(url.into());
        self
    }

    /// What the host lets manifests ask of it. By default nothing.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.settings.policy = Arc::new(policy);
        self
    }

    /// Brings every part that was not given, in memory: for tests and examples.
    pub fn in_memory(mut self) -> Self {
        let env = Arc::clone(&self.env);
        let routes = memory::MemoryRoutes::new();
        let public = self.public.get_or_insert_with(|| Arc::new(routes.clone()));
        self.internal.get_or_insert_with(|| Arc::clone(public));
        self.runtime.get_or_insert_with(|| Arc::new(memory::MemoryRuntime::new(Arc::clone(&env)).with_routes(routes)));
        self.runner.get_or_insert_with(|| Arc::new(memory::MemoryRunner::new(Arc::clone(&env))));
        self.builder.get_or_insert_with(|| Arc::new(memory::MemoryBuilder::new()));
        self.journal.get_or_insert_with(|| Arc::new(memory::MemoryJournal::new(Arc::clone(&env))));
        self.blobs.get_or_insert_with(|| Arc::new(memory::MemoryBlobs::new()));
        self.secrets.get_or_insert_with(|| Arc::new(memory::MemorySecretStore::new()));
        self.source_files.get_or_insert_with(|| Arc::new(memory::MemorySourceFiles::new()));
        self
    }

    /// The engine.
    ///
    /// # Errors
    /// `internal.invariant`, naming the part that was not given.
    pub fn build(self) -> Result<Engine> {
        fn need<T>(part: Option<T>, name: &str) -> Result<T> {
            part.ok_or_else(|| {
                Error::invalid(codes::INTERNAL_INVARIANT, format!("the engine was given no {name}"))
                    .with_hint("plug one in, or call in_memory()")
            })
        }
        let holder = HolderId::generate(&*self.env);
        Ok(Engine::new(Parts {
            runtime: need(self.runtime, "runtime")?,
            public: need(self.public, "routes")?,
            internal: need(self.internal, "routes")?,
            runner: need(self.runner, "runner")?,
            builder: need(self.builder, "builder")?,
            journal: need(self.journal, "journal")?,
            blobs: need(self.blobs, "blobs")?,
            secrets: need(self.secrets, "secret store")?,
            source_files: self.source_files,
            settings: self.settings,
            env: self.env,
            holder,
        }))
    }
}
