//! What services and jobs run on, and what differs with that.

mod choice;
mod counter;
mod docker_engine;
mod kubernetes_cluster;
mod setting;

pub use choice::Ground;
pub(crate) use counter::Counter;
pub(crate) use docker_engine::DockerEngine;
pub(crate) use kubernetes_cluster::KubernetesCluster;
pub use setting::{Setting, images};

/// What stands behind something that is about to end.
pub(crate) const ENDING: &str = " is ending";
