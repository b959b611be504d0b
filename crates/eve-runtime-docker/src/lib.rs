//! Environments on a Docker Engine.
//!
//! ```no_run
//! use eve_core::{EnvironmentId, Runtime as _};
//! use eve_runtime_docker::{DockerConfig, DockerHost};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let host = DockerHost::new(DockerConfig::from_env())?;
//! let seen = host.runtime().observe(&EnvironmentId::parse("acme/shop/staging")?).await?;
//! assert!(seen.objects.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! | what | for |
//! |---|---|
//! | [`DockerHost`] | one engine, and whatever Eve does with it |
//! | [`DockerConfig`] | which engine, and the bounds that environments are held to |
//! | [`DockerRuntime`] | services: planned, started, watched, ended |
//! | [`DockerRunner`] | attempts: containers that run once, found again by whoever comes next |
//! | [`DockerBuilder`] | images of build contexts with a `Dockerfile` |
//! | [`support`] | what becomes of each key that can be asked for |
//! | [`SubnetPool`] | where environments get their networks from |
//!
//! An environment is a network `eve-<org>-<project>-<env>_default` with a subnet of its own, a volume
//! for each that its services name, and a container for each instance. All of them are labelled:
//! what is not labelled as this owner's is never changed. The labels by which Compose finds its own
//! are there too, under the environment's namespace as the project.
//!
//! Nothing is kept in a file but secrets that services find as files, and those in memory alone: what
//! an engine of Eve's needs to go on with is on the containers.
//!
//! The crate is empty on other systems than Unix.
#![cfg(unix)]

mod api;
mod archive;
mod builder;
mod clock;
mod config;
mod files;
mod hardening;
mod host;
mod images;
mod labels;
mod logs;
mod places;
mod probing;
mod runner;
mod runtime;
mod secret_files;
mod secret_volume;
mod subnet;
mod watching;

pub use builder::DockerBuilder;
pub use config::{DockerConfig, Owner};
pub use host::DockerHost;
pub use runner::DockerRunner;
pub use runtime::{DockerRuntime, support};
pub use subnet::{Subnet, SubnetPool};
