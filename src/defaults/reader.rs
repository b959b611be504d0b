//! Reading the state of the embedded defaults, beside whoever writes it.

use std::sync::Arc;

use eve_core::{Env, Result, Routes, Runtime, SecretStore, SystemEnv};
use eve_engine::Engine;
use eve_runtime_process::ProcessRuntime;
use eve_store::StateDir;

use super::EmbeddedConfig;
use super::containers::Containers;
use super::data_plane::DataPlane;

/// An engine that reads, beside the processes that work on the state or after them.
///
/// Ledger, runs, health, logs and attempts' logs can be read; every change is refused, since the
/// journal is. A supervisor that runs is asked, and none is started: where there is none, services
/// are seen by their records, and no routes are.
#[derive(Debug, Clone)]
pub struct Reader {
    engine: Engine,
    state: StateDir,
    held: Option<(Arc<dyn Runtime>, Arc<dyn Routes>)>,
}

impl Reader {
    /// Opens the state directory for reading.
    ///
    /// # Errors
    /// `state.io` where there is no state; `state.version`, `state.unreadable`; `control.version`
    /// if a supervisor of another version runs, `supervisor.unavailable` if one runs that does not
    /// answer.
    pub async fn open(config: EmbeddedConfig) -> Result<Self> {
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let state = StateDir::open_read_only(&config.dir, Arc::clone(&env)).await?;
        let plane = DataPlane::running(&config, state.path(), &*env).await?;
        let builder =
            Engine::builder(env.clone()).journal(state.journal()).blobs(state.blobs()).secrets(state.secrets());
        let held = plane.as_ref().map(|plane| (plane.runtime(&env), plane.routes(&env)));
        let builder = match (&plane, &held) {
            (Some(plane), Some((runtime, routes))) => {
                builder.runtime(runtime.clone()).runner(plane.runner(&env)).routes(routes.clone())
            }
            _ => match Containers::of(&config).await? {
                Some(containers) => builder.runtime(containers.runtime(&env)).runner(containers.runner(&env)),
                None => builder.runtime(Arc::new(ProcessRuntime::open_read_only(config.process())?)),
            },
        };
        Ok(Self { engine: builder.in_memory().build()?, state, held })
    }

    /// The engine. What it is asked to change, it refuses.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The secrets: names and versions.
    pub fn secrets(&self) -> Arc<dyn SecretStore> {
        self.state.secrets()
    }

    /// What a supervisor holds: services and routes. None where no supervisor runs.
    pub fn held(&self) -> Option<(Arc<dyn Runtime>, Arc<dyn Routes>)> {
        self.held.clone()
    }
}
