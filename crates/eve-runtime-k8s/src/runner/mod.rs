//! Attempts: Jobs of one pod that run once.

mod attempt;
mod job;
mod k8s_runner;
mod obstacle;
mod watch;

pub(crate) use attempt::ATTEMPT;
pub use k8s_runner::K8sRunner;
