//! The embedded defaults: processes, the built-in ingress, SQLite, one directory, and a supervisor
//! that outlives the engine.

mod config;
mod containers;
mod data_plane;
mod diary;
mod embedded;
mod held;
mod hook;
mod ingress;
#[cfg(feature = "k8s")]
mod no_builder;
#[cfg(any(feature = "docker", feature = "k8s"))]
mod owner;
mod parts;
mod reader;
mod setting;
mod supervised;
mod vigil;

pub use config::EmbeddedConfig;
pub use embedded::Embedded;
pub use hook::supervisor_hook;
pub use parts::EmbeddedParts;
pub use reader::Reader;
