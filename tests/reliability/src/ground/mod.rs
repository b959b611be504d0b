//! What services and jobs run on, and what differs with that.

mod choice;
mod counter;
mod docker_engine;
#[path = "../../../../examples/quickstart/own_image.rs"]
mod own_image;
mod setting;

pub use choice::Ground;
pub(crate) use counter::Counter;
pub(crate) use docker_engine::DockerEngine;
pub use setting::{Setting, images};
