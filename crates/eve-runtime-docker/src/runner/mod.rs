//! Attempts as containers.

mod artifacts;
mod attempt;
mod docker_runner;

pub use docker_runner::DockerRunner;
