//! An engine that plans.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eve::process::{ProcessConfig, ProcessHost, ProcessRuntime};
use eve::proxy::{Proxy, ProxyConfig};
use eve::store::StateDir;
use eve::{Deadline, Engine, Env, Error, Result, SystemEnv, codes, memory};
use tempfile::TempDir;

use super::held_routes::HeldRoutes;
use super::held_runtime::HeldRuntime;

/// An engine that plans against the state as it is, beside the process that holds it or without
/// one, and writes nothing into it: what has to be built is built in a folder of its own.
pub(crate) struct Preview {
    env: Arc<dyn Env>,
    engine: Engine,
    workshop: ProcessHost,
    /// Gives the addresses that the holder's ingress gives. No request ever comes in here.
    addresses: Proxy,
    _folder: TempDir,
}

impl Preview {
    /// Opens the state for reading. A folder without state is an empty one.
    pub(crate) async fn open(state: &Path) -> Result<Self> {
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let folder = tempfile::tempdir().map_err(|source| {
            let text = "there is no room for what has to be built";
            Error::unavailable(codes::STATE_IO, text).with_hint("set TMPDIR to a folder with room").with_source(source)
        })?;
        let workshop = ProcessHost::open(ProcessConfig::new(folder.path()).with_left_out(state)).await?;
        let mut ingress = ProxyConfig::default();
        ingress.port_seed =
            std::path::absolute(state).unwrap_or_else(|_| state.to_owned()).to_string_lossy().into_owned();
        let addresses = Proxy::start(ingress, Arc::clone(&env)).await?;

        let held = ProcessRuntime::open_read_only(ProcessConfig::new(state.join("process")))?;
        let runtime = Arc::new(HeldRuntime::new(held));
        let builder = Engine::builder(Arc::clone(&env)).builder(Arc::new(workshop.builder())).runtime(runtime.clone());
        let opened = match StateDir::open_read_only(state, Arc::clone(&env)).await {
            Ok(opened) => Some(opened),
            Err(error) if error.kind() == eve::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let (journal, builder): (Arc<dyn eve::Journal>, _) = match opened {
            Some(state) => (state.journal(), builder.blobs(state.blobs()).secrets(state.secrets())),
            None => (Arc::new(memory::MemoryJournal::new(Arc::clone(&env))), builder),
        };
        let routes = HeldRoutes::new(addresses.clone(), runtime, Arc::clone(&journal))?;
        let engine = builder.journal(journal).routes(Arc::new(routes)).in_memory().build()?;
        Ok(Self { env, engine, workshop, addresses, _folder: folder })
    }

    /// The engine. It can be asked for plans.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Removes what was built.
    pub(crate) async fn close(self) {
        self.addresses.shutdown(Deadline::after(&*self.env, Duration::from_secs(1))).await;
        self.workshop.shutdown().await;
    }
}
