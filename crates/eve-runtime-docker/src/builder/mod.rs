//! Images of build contexts.

mod context;
mod docker_builder;
mod own_name;
mod shelf;

pub use docker_builder::DockerBuilder;
