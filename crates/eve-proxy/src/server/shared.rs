//! What every connection needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use eve_core::{Env, EnvironmentId, RouteTarget};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ProxyConfig;
use crate::confirm::Confirmations;
use crate::instance::Instances;
use crate::pool::Limits;
use crate::table::{Switchboard, Target};

/// What every connection needs; it outlives the proxy's handles as long as one is open.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: ProxyConfig,
    pub(crate) env: Arc<dyn Env>,
    pub(crate) board: Switchboard,
    pub(crate) instances: Instances,
    pub(crate) confirmations: Confirmations,
    /// Everything that runs beside its caller.
    pub(crate) tasks: TaskTracker,
    /// Ends what is still running, at once.
    pub(crate) abort: CancellationToken,
    connections: AtomicU64,
    requests: AtomicU64,
}

impl Shared {
    pub(crate) fn new(config: ProxyConfig, env: Arc<dyn Env>) -> Self {
        let board = Switchboard::new(config.upgrades);
        Self {
            config,
            env,
            board,
            instances: Instances::default(),
            confirmations: Confirmations::default(),
            tasks: TaskTracker::new(),
            abort: CancellationToken::new(),
            connections: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        }
    }

    /// Targets in their live form.
    pub(crate) fn targets(&self, environment: &EnvironmentId, to: &[RouteTarget]) -> Vec<Arc<Target>> {
        let live = |target: &RouteTarget| {
            let instance = self.instances.enter(environment, &target.instance);
            let pool = instance.pool(&target.address);
            Arc::new(Target { instance, address: target.address.clone(), pool })
        };
        to.iter().map(live).collect()
    }

    /// How long connections to instances are kept.
    pub(crate) fn limits(&self) -> Limits {
        Limits { idle: self.config.idle_timeout, age: self.config.reuse_within }
    }

    pub(crate) fn in_flight(&self) -> u64 {
        self.instances.all().iter().map(|instance| instance.in_flight()).sum()
    }

    pub(crate) fn came_in(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn disconnected(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}
