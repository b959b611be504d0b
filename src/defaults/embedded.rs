//! An engine on the embedded defaults.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use eve_core::{Env, Result, SecretStore, SystemEnv};
use eve_engine::{Engine, EngineBuilder};
use eve_store::{FolderFiles, StateDir};

use super::data_plane::DataPlane;
use super::{EmbeddedConfig, EmbeddedParts};

/// An engine on the embedded defaults.
///
/// Where a supervisor is configured, children, logs and ingress live in a process of their own:
/// environments run on when this process ends, however it ends, and the next engine finds them.
/// Several processes may have one state directory open then. Without a supervisor everything lives
/// in this process and ends with it: [`Capabilities::survives_engine`](crate::Capabilities) says
/// which of the two holds.
#[derive(Debug, Clone)]
pub struct Embedded {
    engine: Engine,
    parts: EmbeddedParts,
    state: StateDir,
    plane: DataPlane,
}

impl Embedded {
    /// Opens the state directory and the data plane, and plugs an engine together. Needs a tokio
    /// runtime around it.
    ///
    /// What an engine before this one left unfinished is taken up by [`Engine::recover`].
    ///
    /// # Errors
    /// `state.held` if another process holds the children; `state.version`, `state.unreadable`,
    /// `state.read_only`, `state.disk_full`, `state.io`; `port.taken` if the ingress cannot have
    /// its port; `supervisor.unavailable` if the supervisor cannot be started, `supervisor.config`
    /// if it runs with another ingress port, `control.version` if it is of another version.
    pub async fn open(config: EmbeddedConfig) -> Result<Self> {
        Self::open_with(config, EmbeddedParts::into_builder).await
    }

    /// Opens as [`open`](Self::open) does; `plug` may wrap or replace parts and set the engine up.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(config: EmbeddedConfig, plug: impl FnOnce(EmbeddedParts) -> EngineBuilder) -> Result<Self> {
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let state = StateDir::open(&config.dir, &config.purpose, Arc::clone(&env)).await?;
        let mut config = config;
        // What other processes are told must not hang on where this one was started.
        state.path().clone_into(&mut config.dir);
        let opened = Self::open_in(&config, &env, &state, plug).await;
        if opened.is_err() {
            state.close().await;
        }
        opened
    }

    async fn open_in(
        config: &EmbeddedConfig,
        env: &Arc<dyn Env>,
        state: &StateDir,
        plug: impl FnOnce(EmbeddedParts) -> EngineBuilder,
    ) -> Result<Self> {
        let plane = Box::pin(DataPlane::open(config, env)).await?;
        match Self::plug(config, env, state, &plane, plug) {
            Ok(embedded) => Ok(embedded),
            Err(error) => {
                plane.close(&**env).await;
                Err(error)
            }
        }
    }

    fn plug(
        config: &EmbeddedConfig,
        env: &Arc<dyn Env>,
        state: &StateDir,
        plane: &DataPlane,
        plug: impl FnOnce(EmbeddedParts) -> EngineBuilder,
    ) -> Result<Self> {
        let parts = EmbeddedParts {
            env: Arc::clone(env),
            runtime: plane.runtime(env),
            runner: plane.runner(env),
            builder: plane.builder(),
            routes: plane.routes(env),
            journal: state.journal(),
            blobs: state.blobs(),
            secrets: state.secrets(),
            source_files: Arc::new(FolderFiles::new().with_left_out(state.path())),
            policy: config.host_policy(),
        };
        let engine = plug(parts.clone()).build()?;
        Ok(Self { engine, parts, state: state.clone(), plane: plane.clone() })
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What the engine is made of, as it was before anything was wrapped.
    pub fn parts(&self) -> &EmbeddedParts {
        &self.parts
    }

    /// The state directory.
    pub fn state_dir(&self) -> &Path {
        self.state.path()
    }

    /// Where secrets are put.
    pub fn secrets(&self) -> Arc<dyn SecretStore> {
        self.state.secrets()
    }

    /// The port of the ingress on 127.0.0.1. Starts the ingress of containers where there was no route
    /// to lead yet.
    ///
    /// # Errors
    /// `supervisor.unavailable`, `supervisor.config`, `deadline.exceeded` if there is no ingress to be had.
    pub async fn ingress_port(&self) -> Result<u16> {
        self.plane.ingress_port(&*self.parts.env).await
    }

    /// Cancels the runs of this process, waits for them, and gives the directory back. What a
    /// supervisor holds runs on; what lives in this process ends. Environments keep their ledger:
    /// the next deploy brings those that ended up again.
    pub async fn shutdown(self) {
        for run in self.engine.active_runs() {
            run.cancel();
            if let Err(error) = run.wait().await {
                tracing::warn!(error = %error, "a run did not end");
            }
        }
        self.plane.close(&*self.parts.env).await;
        self.state.close().await;
    }

    /// Gives the directory back as [`shutdown`](Self::shutdown) does, without waiting for the runs of
    /// this process: those that are active stay open, and the next engine takes them up. Meant for a
    /// process that ends then.
    pub async fn leave(self) {
        // The journal first: what lives here ends, and no run may journal that as its own end.
        self.state.leave().await;
        self.plane.close(&*self.parts.env).await;
    }
}

impl fmt::Display for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "embedded engine in {}", self.state.path().display())
    }
}
