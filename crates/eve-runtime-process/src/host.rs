//! Everything that lives in one state folder.

use std::fmt;
use std::sync::Arc;

use eve_core::Result;

use crate::builder::SnapshotBuilder;
use crate::config::ProcessConfig;
use crate::logs::Limits;
use crate::processes::Children;
use crate::runner::ProcessRunner;
use crate::runtime::ProcessRuntime;
use crate::state_dir::StateDir;

/// One state folder with all that lives in it: a runtime, a runner and a builder that share it.
///
/// Whoever opens it is its only holder. Services that a former holder left running are ended (known
/// by process number, start time and marker, never by name); attempts that still run are adopted.
#[derive(Debug, Clone)]
pub struct ProcessHost {
    config: Arc<ProcessConfig>,
    state: Arc<StateDir>,
    children: Children,
    runtime: ProcessRuntime,
    runner: ProcessRunner,
}

impl ProcessHost {
    /// Opens the state folder, makes it where it is missing, and cleans up after a former holder.
    /// Needs a tokio runtime around it.
    ///
    /// # Errors
    /// `state.held` if another process holds it; `state.version`, `state.unreadable`,
    /// `state.read_only`, `state.io`.
    pub async fn open(config: ProcessConfig) -> Result<Self> {
        let dir = config.dir.clone();
        let limits = Limits { file_bytes: config.log_file_bytes, files: config.log_files };
        let opened = tokio::task::spawn_blocking(move || -> Result<_> {
            let state = Arc::new(StateDir::open(&dir)?);
            let children = Children::new(Arc::clone(&state), limits);
            ProcessRuntime::clean(&state, &children);
            Ok((state, children))
        });
        let (state, children) = opened.await.map_err(|e| {
            let text = "opening the state folder broke off";
            eve_core::Error::internal(eve_core::codes::INTERNAL_INVARIANT, text).with_source(e)
        })??;
        ProcessRunner::adopt(&state, &children)?;
        let config = Arc::new(config);
        let runtime = ProcessRuntime::new(Arc::clone(&config), Arc::clone(&state), children.clone());
        let runner = ProcessRunner::new(Arc::clone(&config), Arc::clone(&state), children.clone());
        Ok(Self { config, state, children, runtime, runner })
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

    /// The holder of the processes.
    pub fn children(&self) -> &Children {
        &self.children
    }

    /// Ends every service and attempt, and returns when nothing of them is left.
    ///
    /// Without it, dropping the host with everything made from it kills them.
    pub async fn shutdown(&self) {
        self.children.shutdown().await;
    }
}

impl fmt::Display for ProcessHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "processes in {}", self.config.dir.display())
    }
}
