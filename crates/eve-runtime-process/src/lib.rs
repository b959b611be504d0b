//! Environments, attempts and builds on local processes (Unix).
//!
//! ```
//! use std::sync::Arc;
//!
//! use eve_core::{EnvironmentId, Fences, Runtime as _};
//! use eve_runtime_process::{ProcessConfig, ProcessHost};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let host = ProcessHost::open(ProcessConfig::new(folder.path()), Arc::new(Fences::new())).await?;
//! let seen = host.runtime().observe(&EnvironmentId::parse("acme/shop/staging")?).await?;
//! assert!(seen.objects.is_empty());
//! host.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! | what | for |
//! |---|---|
//! | [`ProcessHost`] | one state folder, and everything that lives in it |
//! | [`ProcessRuntime`] | services: planned, started, watched, ended |
//! | [`ProcessRunner`] | attempts: run once, adopted after a restart of the engine |
//! | [`SnapshotBuilder`] | content-addressed copies of build contexts |
//! | [`support`] | what becomes of each key that can be asked for |
//! | [`ChildHolder`] | the seam to the processes themselves: groups, restarts, ports, probes, exits, logs |
//! | [`Children`], [`RemoteChildren`] | the same in this process, and behind a channel |
//! | [`ChildrenPart`] | answers for the children in a supervisor |
//!
//! Children outlive their holder: what they write goes through named pipes that a successor reads on,
//! and their records hold what it needs to adopt them, never the text of a secret. An exit that
//! nobody saw is [`Exit::Lost`](eve_core::Exit::Lost).
//!
//! The state folder holds `snapshots/<digest>/`, `instances/<environment>/<name>@<incarnation>/` and
//! `attempts/<id>/`; each instance and attempt has a record, a log, a home, a folder for temporary
//! files and one to work in. Nothing of the engine's environment or open files reaches a child.
//!
//! The crate is empty on other systems than Unix. Where there is no `/proc`, what a killed engine
//! left cannot be told from strangers' processes, and is left alone.
#![cfg(unix)]

mod builder;
mod clock;
mod config;
mod hold;
mod host;
mod logs;
mod processes;
mod runner;
mod runtime;
mod state_dir;
mod workload;

pub use builder::SnapshotBuilder;
pub use config::ProcessConfig;
pub use host::ProcessHost;
pub use processes::{
    Begun, ChildHolder, ChildId, ChildPort, ChildSpec, ChildState, ChildStatus, Children, ChildrenPart, Ending,
    Environment, HealthProbe, Mandate, ProbeTarget, Readiness, Remains, RemoteChildren,
};
pub use runner::ProcessRunner;
pub use runtime::{ProcessRuntime, support};
