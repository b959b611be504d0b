//! Environments, attempts and builds on local processes (Unix).
#![cfg(unix)]

mod builder;
mod children;
mod clock;
mod config;
mod host;
mod log;
mod runner;
mod runtime;
mod state_dir;
mod workload;

pub use builder::SnapshotBuilder;
pub use children::{
    ChildId, ChildSpec, ChildState, ChildStatus, Children, Ending, Environment, HealthProbe, ProbeTarget, Readiness,
};
pub use config::ProcessConfig;
pub use host::ProcessHost;
pub use runner::ProcessRunner;
pub use runtime::ProcessRuntime;
