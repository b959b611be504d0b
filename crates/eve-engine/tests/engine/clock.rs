//! A clock that jumps, and an executor that outlives an engine's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use eve_core::{Env, Monotonic, SystemEnv, Timestamp};
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

/// The system's clock, ahead by as much as it was told to jump.
#[derive(Debug, Clone)]
pub(crate) struct JumpingEnv {
    system: SystemEnv,
    ahead: Arc<AtomicU64>,
}

impl JumpingEnv {
    pub(crate) fn new() -> Self {
        Self { system: SystemEnv::new(), ahead: Arc::default() }
    }

    /// Goes ahead: what holds for a while holds no more.
    pub(crate) fn jump(&self, by: Duration) {
        self.ahead.fetch_add(u64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    fn ahead(&self) -> Duration {
        Duration::from_millis(self.ahead.load(Ordering::SeqCst))
    }
}

impl Env for JumpingEnv {
    fn now(&self) -> Timestamp {
        self.system.now() + self.ahead()
    }

    fn monotonic(&self) -> Monotonic {
        self.system.monotonic() + self.ahead()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.system.sleep(duration)
    }

    fn random(&self) -> u64 {
        self.system.random()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.system.spawn(task);
    }
}

/// The system, with an executor of its own: what it runs goes on when an engine's is gone.
#[derive(Debug)]
pub(crate) struct SurvivingEnv {
    system: SystemEnv,
    executor: Handle,
}

impl SurvivingEnv {
    pub(crate) fn new(executor: Handle) -> Self {
        Self { system: SystemEnv::new(), executor }
    }
}

impl Env for SurvivingEnv {
    fn now(&self) -> Timestamp {
        self.system.now()
    }

    fn monotonic(&self) -> Monotonic {
        self.system.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.system.sleep(duration)
    }

    fn random(&self) -> u64 {
        self.system.random()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.executor.spawn(task);
    }
}

/// The system, in which pauses of up to two seconds are a hundredth of that.
#[derive(Debug, Clone)]
pub(crate) struct HastyEnv(SystemEnv);

impl HastyEnv {
    pub(crate) fn new() -> Self {
        Self(SystemEnv::new())
    }
}

impl Env for HastyEnv {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn monotonic(&self) -> Monotonic {
        self.0.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(if duration > Duration::from_secs(2) { duration } else { duration / 100 })
    }

    fn random(&self) -> u64 {
        self.0.random()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.spawn(task);
    }
}
