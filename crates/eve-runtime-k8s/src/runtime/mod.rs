//! Environments on a cluster: planned, made, watched, explained.

mod facts;
mod finding;
mod k8s_runtime;
mod look;
mod losses;
mod observe;
mod perform;
mod plan;
mod pods;
mod preview;
mod watch;

pub use k8s_runtime::K8sRuntime;
pub(crate) use observe::version;
