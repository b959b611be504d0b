//! The one door for time, randomness and spawning.
//!
//! Nothing in this crate or in eve-engine reads a clock, draws a random number or spawns a task
//! except through [`Env`]; clippy's `disallowed-methods` holds both crates to it. That is what
//! makes a simulated run possible.

mod cancel;
mod deadline;
#[cfg(feature = "system")]
mod system;

use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::{Monotonic, Timestamp};

pub use cancel::Cancel;
pub use deadline::Deadline;
#[cfg(feature = "system")]
pub use system::SystemEnv;

/// Time, randomness and spawning.
pub trait Env: Debug + Send + Sync + 'static {
    /// The wall clock. For records; never for waits.
    fn now(&self) -> Timestamp;

    /// The clock that never goes back. For waits and leases.
    fn monotonic(&self) -> Monotonic;

    /// Waits that long.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// 64 random bits.
    fn random(&self) -> u64;

    /// Runs a future to its end beside the caller. It is not bound to the caller's life.
    fn spawn(&self, task: BoxFuture<'static, ()>);
}
