//! Images of build contexts.

mod context;
mod docker_builder;
mod ignore;

pub use docker_builder::DockerBuilder;
