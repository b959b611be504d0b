//! Every trait of this crate, in memory: for tests, for simulation, and to learn the traits by.
//!
//! The fakes are at least as strict as the real backends: they refuse older fencing tokens, stale
//! incarnations, strangers' names, routes that were never prepared and secrets that are missing.
//! Time passes and workloads run by the [`Env`](crate::Env) that each is given, so a simulated one
//! simulates them too.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use eve_core::desired::{ImageRef, Process, Service, Source};
//! use eve_core::memory::MemoryRuntime;
//! use eve_core::{
//!     Addresses, Bound, Deadline, Desired, EnvironmentId, Fence, ObjectState, OpCx, Result, Runtime, ServiceName,
//!     SystemEnv,
//! };
//! use futures_util::StreamExt;
//!
//! struct NoAddresses;
//! impl Addresses for NoAddresses {
//!     fn service_url(&self, service: &ServiceName) -> Result<String> {
//!         Ok(format!("http://{service}.internal"))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let env = Arc::new(SystemEnv::new());
//! let runtime = MemoryRuntime::new(env.clone());
//!
//! let shop = EnvironmentId::parse("acme/shop/prod")?;
//! let mut web = Service::new(Source::Image(ImageRef::new("web:1")?));
//! web.process = Process::new(["serve-after", "20"]);
//! let mut desired = Desired::empty(shop.clone());
//! desired.services.insert(ServiceName::new("web")?, web);
//! let want = Bound::unreleased(desired);
//!
//! let seen = runtime.observe(&shop).await?;
//! let changes = runtime.plan(&want, &seen, &NoAddresses)?;
//! let mut states = runtime.watch(&shop);
//! for op in &changes.ensure {
//!     let deadline = Deadline::after(&*env, Duration::from_secs(60));
//!     let cx = OpCx::new(env.clone(), shop.clone(), op.id.clone(), Fence::new(1), deadline);
//!     runtime.perform(op, &cx).await?;
//! }
//!
//! while let Some(seen) = states.next().await {
//!     if seen?.objects.iter().any(|object| object.state == ObjectState::Ready) {
//!         break;
//!     }
//! }
//! let again = runtime.plan(&want, &runtime.observe(&shop).await?, &NoAddresses)?;
//! assert!(again.ensure.is_empty() && again.retire.is_empty());
//! # Ok(())
//! # }
//! ```

mod attempts;
mod behaviour;
mod blobs;
mod builder;
mod channel;
mod exec;
mod images;
mod in_flight;
mod instance_spec;
mod journal;
mod leases;
mod plan;
mod plant;
mod registry;
mod routes;
mod runner;
mod runtime;
mod secret_store;
mod shared;
mod source_files;
mod task;
mod within;
mod workload;
mod world;

pub use blobs::MemoryBlobs;
pub use builder::MemoryBuilder;
pub use channel::MemoryChannel;
pub use images::MemoryImages;
pub use in_flight::InFlight;
pub use journal::MemoryJournal;
pub use plant::Plant;
pub use registry::MemoryRegistry;
pub use routes::{MemoryRoutes, RouteCalls};
pub use runner::MemoryRunner;
pub use runtime::MemoryRuntime;
pub use secret_store::MemorySecretStore;
pub use source_files::MemorySourceFiles;
pub use world::RuntimeCalls;
