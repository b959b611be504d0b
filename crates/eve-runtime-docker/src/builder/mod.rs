//! Images of build contexts.

mod context;
mod docker_builder;
mod own_name;
mod shelf;
mod turns;

pub use docker_builder::DockerBuilder;
