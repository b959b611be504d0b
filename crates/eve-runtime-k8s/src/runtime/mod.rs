//! Environments on a cluster: planned, made, watched, explained.

mod explain;
mod facts;
mod holders;
mod k8s_runtime;
mod kept;
mod look;
mod losses;
pub(crate) mod observe;
mod perform;
mod plan;
pub(crate) mod pods;
mod preview;
mod same;
mod support;
mod watch;

pub(crate) use explain::is_in_trouble;
pub use k8s_runtime::K8sRuntime;
pub(crate) use look::Look;
pub(crate) use observe::version;
pub(crate) use perform::unknown;
pub use support::support;
pub(crate) use watch::Looks;
