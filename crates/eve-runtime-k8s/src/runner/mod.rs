//! Attempts: Jobs of one pod that run once.

mod attempt;
mod found;
mod hold_up;
mod job;
mod k8s_runner;
mod obstacle;
mod start;
mod stop;
mod watch;
mod whereabouts;

pub(crate) use attempt::ATTEMPT;
pub use k8s_runner::K8sRunner;
