//! Services as containers.

mod care;
mod container;
mod container_body;
mod container_spec;
mod docker_runtime;
mod evidence;
mod facts;
mod finding;
mod host_access;
mod host_routes;
mod host_view;
mod losses;
mod network;
mod observe;
mod perform;
mod plan;
mod provision;
mod sight;
mod support;
mod volume;
mod watch;

pub(crate) use care::Care;
pub use docker_runtime::DockerRuntime;
pub(crate) use sight::{EngineHealth, Phase, Sight, exit_of};
pub use support::support;
