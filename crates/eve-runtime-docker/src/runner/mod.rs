//! Attempts as containers.

mod artifacts;
mod attempt;
mod attempt_watch;
mod docker_runner;

pub use docker_runner::DockerRunner;
pub(crate) use docker_runner::FOLDER as ARTIFACTS;
