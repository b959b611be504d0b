//! Reading the state of the embedded defaults, beside whoever holds it.

use std::sync::Arc;

use eve_core::{Env, Result, SecretStore, SystemEnv};
use eve_engine::Engine;
use eve_runtime_process::ProcessRuntime;
use eve_store::StateDir;

use crate::EmbeddedConfig;

/// An engine that reads, beside the process that holds the state or after it.
///
/// Ledger, runs, health, logs and attempts' logs can be read; every change is refused. Routes live
/// in the holder's process and are not seen from here.
#[derive(Debug, Clone)]
pub struct Reader {
    engine: Engine,
    state: StateDir,
}

impl Reader {
    /// Opens the state directory for reading.
    ///
    /// # Errors
    /// `state.io` where there is no state; `state.version`, `state.unreadable`.
    pub async fn open(config: EmbeddedConfig) -> Result<Self> {
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let state = StateDir::open_read_only(&config.dir, Arc::clone(&env)).await?;
        let engine = Engine::builder(env)
            .runtime(Arc::new(ProcessRuntime::open_read_only(config.process())?))
            .journal(state.journal())
            .blobs(state.blobs())
            .secrets(state.secrets())
            .in_memory()
            .build()?;
        Ok(Self { engine, state })
    }

    /// The engine. What it is asked to change, it refuses.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The secrets: names and versions.
    pub fn secrets(&self) -> Arc<dyn SecretStore> {
        self.state.secrets()
    }
}
