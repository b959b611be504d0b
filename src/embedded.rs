//! The embedded defaults: processes, the built-in ingress, SQLite, one directory.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eve_core::{Deadline, Env, HostName, Result, SecretStore, SystemEnv};
use eve_engine::Engine;
use eve_proxy::{Proxy, ProxyConfig};
use eve_runtime_process::{ProcessConfig, ProcessHost};
use eve_store::StateDir;

/// Where the embedded defaults keep their state, and the few things that can be set.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EmbeddedConfig {
    /// The state directory. Made, for its owner only, where it does not exist.
    pub dir: PathBuf,
    /// What other processes are told about who holds the directory. By default `eve`.
    pub purpose: String,
    /// The port of the ingress on 127.0.0.1; 0 lets the system choose one. By default 0.
    pub ingress_port: u16,
    /// The domain below which services get their public hosts. By default `lvh.me`.
    pub domain: Option<HostName>,
    /// Where programs are looked for, and the `PATH` of what runs. None means the system's own
    /// folders; this process's `PATH` is never handed on unasked.
    pub path: Option<OsString>,
    /// Folders in which programs are looked for before that.
    pub path_dirs: Vec<PathBuf>,
}

impl EmbeddedConfig {
    /// The defaults, with all state below `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            purpose: "eve".to_owned(),
            ingress_port: 0,
            domain: None,
            path: None,
            path_dirs: Vec::new(),
        }
    }

    /// Says what other processes are told.
    pub fn with_purpose(mut self, purpose: impl Into<String>) -> Self {
        self.purpose = purpose.into();
        self
    }

    /// Fixes the port of the ingress.
    pub fn with_ingress_port(mut self, port: u16) -> Self {
        self.ingress_port = port;
        self
    }

    /// Sets the domain.
    pub fn with_domain(mut self, domain: HostName) -> Self {
        self.domain = Some(domain);
        self
    }

    /// Replaces where programs are looked for.
    pub fn with_path(mut self, path: impl Into<OsString>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Adds a folder in which programs are looked for. The first one added is the first one looked in.
    pub fn with_path_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.path_dirs.push(dir.into());
        self
    }

    pub(crate) fn process(&self) -> ProcessConfig {
        let mut config = ProcessConfig::new(self.dir.join("process")).with_left_out(&self.dir);
        if let Some(path) = &self.path {
            config = config.with_path(path);
        }
        self.path_dirs.iter().rev().fold(config, ProcessConfig::with_path_dir)
    }
}

/// An engine on the embedded defaults. All of it lives in this process: what runs ends with it.
///
/// Call [`shutdown`](Self::shutdown) before the program ends: services end politely then, and it
/// says when nothing is left of them.
#[derive(Debug, Clone)]
pub struct Embedded {
    env: Arc<dyn Env>,
    engine: Engine,
    state: StateDir,
    host: ProcessHost,
    proxy: Proxy,
}

impl Embedded {
    /// Opens the state directory, starts the ingress, and plugs an engine together. Needs a tokio
    /// runtime around it.
    ///
    /// # Errors
    /// `state.held` if another process holds the directory; `state.version`, `state.unreadable`,
    /// `state.read_only`, `state.disk_full`, `state.io`; `port.taken` if the ingress cannot have
    /// its port.
    pub async fn open(config: EmbeddedConfig) -> Result<Self> {
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let state = StateDir::open(&config.dir, &config.purpose, Arc::clone(&env)).await?;
        let host = match ProcessHost::open(config.process()).await {
            Ok(host) => host,
            Err(error) => {
                state.close().await;
                return Err(error);
            }
        };
        match Self::plug(&env, &config, &state, &host).await {
            Ok((proxy, engine)) => Ok(Self { env, engine, state, host, proxy }),
            Err(error) => {
                host.shutdown().await;
                state.close().await;
                Err(error)
            }
        }
    }

    async fn plug(
        env: &Arc<dyn Env>,
        config: &EmbeddedConfig,
        state: &StateDir,
        host: &ProcessHost,
    ) -> Result<(Proxy, Engine)> {
        let mut ingress = ProxyConfig::default();
        ingress.port = config.ingress_port;
        ingress.port_seed = state.path().to_string_lossy().into_owned();
        if let Some(domain) = &config.domain {
            ingress.domain.clone_from(domain);
        }
        let proxy = Proxy::start(ingress, Arc::clone(env)).await?;
        let engine = Engine::builder(Arc::clone(env))
            .runtime(Arc::new(host.runtime()))
            .runner(Arc::new(host.runner()))
            .builder(Arc::new(host.builder()))
            .routes(Arc::new(proxy.clone()))
            .journal(state.journal())
            .blobs(state.blobs())
            .secrets(state.secrets())
            .build()?;
        Ok((proxy, engine))
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where secrets are put.
    pub fn secrets(&self) -> Arc<dyn SecretStore> {
        self.state.secrets()
    }

    /// The port of the ingress on 127.0.0.1.
    pub fn ingress_port(&self) -> u16 {
        self.proxy.public_port()
    }

    /// Cancels what runs, ends every service and the ingress, and gives the directory back.
    /// Environments keep their ledger: the next deploy brings them up again.
    pub async fn shutdown(self) {
        for run in self.engine.active_runs() {
            run.cancel();
            if let Err(error) = run.wait().await {
                tracing::warn!(error = %error, "a run did not end");
            }
        }
        let patience = Deadline::after(&*self.env, Duration::from_secs(2));
        self.proxy.shutdown(patience).await;
        self.host.shutdown().await;
        self.state.close().await;
    }
}

impl fmt::Display for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "embedded engine in {}", self.state.path().display())
    }
}
