//! Images of build contexts.

mod context;
mod docker_builder;

pub use docker_builder::DockerBuilder;
