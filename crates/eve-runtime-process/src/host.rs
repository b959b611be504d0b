//! Everything that lives in one state folder.

use std::fmt;
use std::sync::Arc;

use eve_core::control::Channel;
use eve_core::{Error, Fences, Result, codes};

use crate::builder::SnapshotBuilder;
use crate::config::ProcessConfig;
use crate::processes::{ChildHolder, Children, RemoteChildren, Unheld};
use crate::runner::ProcessRunner;
use crate::runtime::ProcessRuntime;
use crate::state_dir::StateDir;

/// One state folder with all that lives in it: a runtime, a runner and a builder that share it.
///
/// Its children are held either by this process ([`open`](Self::open)) or by another one, behind a
/// [`ChildrenPart`](crate::ChildrenPart) ([`attach`](Self::attach)). Whoever holds them is the only
/// one in the folder, and adopts what a former holder left running, known by process number, start
/// time and marker, never by name. Any number may be attached.
#[derive(Debug, Clone)]
pub struct ProcessHost {
    config: Arc<ProcessConfig>,
    state: Arc<StateDir>,
    /// What this process holds itself.
    own: Option<Children>,
    holder: Arc<dyn ChildHolder>,
    runtime: ProcessRuntime,
    runner: ProcessRunner,
}

impl ProcessHost {
    /// Opens the state folder, makes it where it is missing, and holds the children in this process:
    /// they end with it (`Capabilities::survives_engine` is false). Needs a tokio runtime around it.
    ///
    /// # Errors
    /// `state.held` if another process holds it; `state.version`, `state.unreadable`,
    /// `state.read_only`, `state.disk_full`, `state.io`.
    pub async fn open(config: ProcessConfig, fences: Arc<Fences>) -> Result<Self> {
        let children = Children::open(&config, fences, Unheld::Killed).await?;
        Self::with(config, Arc::new(children.clone()), Some(children)).await
    }

    /// Opens the state folder, makes it where it is missing, and reaches its children through a
    /// channel to whoever holds them: they outlive this process (`Capabilities::survives_engine` is
    /// true). Nothing is asked yet. Needs a tokio runtime around it.
    ///
    /// # Errors
    /// `state.version`, `state.unreadable`, `state.read_only`, `state.io`.
    pub async fn attach(config: ProcessConfig, channel: Arc<dyn Channel>) -> Result<Self> {
        Self::with(config, Arc::new(RemoteChildren::new(channel)), None).await
    }

    async fn with(config: ProcessConfig, holder: Arc<dyn ChildHolder>, own: Option<Children>) -> Result<Self> {
        let dir = config.dir.clone();
        let opened = tokio::task::spawn_blocking(move || StateDir::open(&dir)).await.map_err(|e| {
            let text = "opening the state folder broke off";
            Error::internal(codes::INTERNAL_INVARIANT, text).with_source(e)
        })?;
        let (config, state) = (Arc::new(config), Arc::new(opened?));
        let survives_engine = own.is_none();
        let runtime =
            ProcessRuntime::new(Arc::clone(&config), Arc::clone(&state), Arc::clone(&holder), survives_engine);
        let runner = ProcessRunner::new(Arc::clone(&config), Arc::clone(&state), Arc::clone(&holder));
        Ok(Self { config, state, own, holder, runtime, runner })
    }

    /// The runtime that holds services.
    pub fn runtime(&self) -> ProcessRuntime {
        self.runtime.clone()
    }

    /// The runner of attempts.
    pub fn runner(&self) -> ProcessRunner {
        self.runner.clone()
    }

    /// The builder of snapshots.
    pub fn builder(&self) -> SnapshotBuilder {
        SnapshotBuilder::new(Arc::clone(&self.config), Arc::clone(&self.state))
    }

    /// Whoever holds the processes.
    pub fn children(&self) -> Arc<dyn ChildHolder> {
        Arc::clone(&self.holder)
    }

    /// Ends every service and attempt that this process holds, and returns when nothing of them is
    /// left. What another process holds lives on.
    ///
    /// Without it, dropping the host with everything made from it kills what this process holds.
    pub async fn shutdown(&self) {
        if let Some(children) = &self.own {
            children.shutdown().await;
        }
    }
}

impl fmt::Display for ProcessHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "processes in {}", self.config.dir.display())
    }
}
