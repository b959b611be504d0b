//! An engine that plans.

use std::sync::Arc;
use std::time::Duration;

use eve::process::{ProcessConfig, ProcessHost, ProcessRuntime};
use eve::proxy::{Proxy, ProxyConfig};
use eve::store::{FolderFiles, StateDir};
use eve::{
    Builder, Deadline, EmbeddedConfig, Engine, Env, Error, Fences, Reader, Result, Routes, Runtime, SplitRoutes,
    SystemEnv, codes, memory,
};
use tempfile::TempDir;

use super::held_routes::HeldRoutes;
use super::held_runtime::HeldRuntime;

/// An engine that plans against the state as it is, beside whoever holds it or without anybody,
/// and writes nothing into it: what has to be built is built in a folder of its own.
pub(crate) struct Preview {
    env: Arc<dyn Env>,
    engine: Engine,
    workshop: ProcessHost,
    /// Gives the addresses that an ingress of this state gives. No request ever comes in here.
    addresses: Proxy,
    _folder: TempDir,
}

impl Preview {
    /// Opens the state for reading. A folder without state is an empty one.
    pub(crate) async fn open(config: EmbeddedConfig) -> Result<Self> {
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let state = std::path::absolute(&config.dir).unwrap_or_else(|_| config.dir.clone());
        let folder = tempfile::tempdir().map_err(|source| {
            let text = "there is no room for what has to be built";
            Error::unavailable(codes::STATE_IO, text).with_hint("set TMPDIR to a folder with room").with_source(source)
        })?;
        let fences = Arc::new(Fences::new());
        let own = ProcessConfig::new(folder.path()).with_left_out(&state);
        let workshop = ProcessHost::open(own, Arc::clone(&fences)).await?;
        let (containers, cluster) = (config.docker_host()?, config.k8s_host().await?);
        let mut ingress = ProxyConfig::default();
        if let Some(host) = &containers {
            ingress.internal_bind = host.host_address().await?;
        }
        ingress.port_seed = state.to_string_lossy().into_owned();
        ingress.tries_ports = false;
        let addresses = Proxy::start(ingress, Arc::clone(&env), fences).await?;

        let builder: Arc<dyn Builder> = match &containers {
            Some(host) => Arc::new(host.builder()),
            None => Arc::new(workshop.builder()),
        };
        let source_files = FolderFiles::new().with_left_out(&state);
        let builder = Engine::builder(Arc::clone(&env)).builder(builder).source_files(Arc::new(source_files));
        let builder = builder.policy(config.host_policy());
        let stored = match StateDir::open_read_only(&state, Arc::clone(&env)).await {
            Ok(stored) => Some(stored),
            Err(error) if error.kind() == eve::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let supervised = match &stored {
            Some(_) => Reader::open(config).await?.held(),
            None => None,
        };
        let (journal, builder): (Arc<dyn eve::Journal>, _) = match stored {
            Some(state) => (state.journal(), builder.blobs(state.blobs()).secrets(state.secrets())),
            None => (Arc::new(memory::MemoryJournal::new(Arc::clone(&env))), builder),
        };
        let (runtime, routes): (Arc<dyn Runtime>, Arc<dyn Routes>) = if let Some(held) = supervised {
            held
        } else {
            let runtime: Arc<dyn Runtime> = if let Some(host) = &cluster {
                Arc::new(host.runtime())
            } else if let Some(host) = &containers {
                Arc::new(host.runtime())
            } else {
                let held = ProcessRuntime::open_read_only(ProcessConfig::new(state.join("process")))?;
                Arc::new(HeldRuntime::new(held))
            };
            let routes = HeldRoutes::new(addresses.clone(), Arc::clone(&runtime), Arc::clone(&journal))?;
            let routes: Arc<dyn Routes> = match &cluster {
                Some(host) => Arc::new(SplitRoutes::new(Arc::new(routes), Arc::new(host.routes()))),
                None => Arc::new(routes),
            };
            (runtime, routes)
        };
        let engine = builder.journal(journal).runtime(runtime).routes(routes).in_memory().build()?;
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
