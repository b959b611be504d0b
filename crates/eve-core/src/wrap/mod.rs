//! Wrappers over the traits: what belongs to every backend and to none.
//!
//! A wrapper is a [`Wrap`]: what it wraps, and what it does [`Around`] each call. Wrappers nest, and
//! every trait is implemented for `Arc<T>` and `Box<T>` too, so that any of them takes a trait object.
//!
//! | wrapper | what it does |
//! |---|---|
//! | [`Retry`] | tries calls again that may be and whose failure may pass |
//! | [`Timeout`] | ends waiting for calls that do not end by themselves |
//! | [`Traced`] | a span for each call, with OpenTelemetry's names |
//! | [`Faulty`] | plants failures, for tests |
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use eve_core::memory::MemoryRuntime;
//! use eve_core::wrap::{Retry, Timeout, Traced};
//! use eve_core::{EnvironmentId, Runtime, SystemEnv};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> eve_core::Result<()> {
//! let env = Arc::new(SystemEnv::new());
//! let backend: Arc<dyn Runtime> = Arc::new(MemoryRuntime::new(env.clone()));
//! let guarded = Timeout::new(backend, env.clone(), Duration::from_secs(30));
//! let runtime = Traced::new(Retry::new(guarded, env));
//! assert!(runtime.observe(&EnvironmentId::parse("acme/shop/prod")?).await?.objects.is_empty());
//! # Ok(())
//! # }
//! ```

mod around;
mod faulty;
mod forward;
mod journal;
mod method;
mod retry;
mod routes;
mod runner;
mod runtime;
mod timeout;
mod traced;
mod wrapped;

pub use around::{Around, Call};
pub use faulty::{Fault, Faults, Faulty, When};
pub use method::Method;
pub use retry::{Retry, Retrying};
pub use timeout::{Limit, Timeout};
pub use traced::{Traced, Tracing};
pub use wrapped::Wrap;

#[cfg(test)]
mod tests;
