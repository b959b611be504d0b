//! Idle connections to instances.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eve_core::Monotonic;

use crate::wire::Wire;

/// Idle connections that are kept to one address.
const MAX_IDLE: usize = 64;

/// The idle connections to one address of one instance.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Idle>);

#[derive(Debug, Default)]
struct Idle {
    closed: bool,
    kept: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    wire: Wire,
    since: Monotonic,
}

/// How long a connection is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long it may be idle.
    pub(crate) idle: Duration,
    /// How old it may be when it is used again.
    pub(crate) age: Duration,
}

impl Kept {
    fn is_within(&self, now: Monotonic, limits: Limits) -> bool {
        now.since(self.since) <= limits.idle && now.since(self.wire.begun()) <= limits.age
    }
}

impl Pool {
    /// The connection that was idle for the shortest time, if it still works.
    pub(crate) fn take(&self, now: Monotonic, limits: Limits) -> Option<Wire> {
        loop {
            let kept = self.idle().kept.pop()?;
            if kept.is_within(now, limits) && kept.wire.is_ready() {
                return Some(kept.wire);
            }
        }
    }

    /// Keeps a connection whose answer was read to its end.
    pub(crate) fn put(&self, wire: Wire, now: Monotonic) {
        let mut idle = self.idle();
        if !idle.closed && idle.kept.len() < MAX_IDLE && wire.is_keepable() {
            idle.kept.push(Kept { wire, since: now });
        }
    }

    /// Closes connections that are not to be used again, and those that the instance has closed.
    pub(crate) fn prune(&self, now: Monotonic, limits: Limits) {
        self.idle().kept.retain_mut(|kept| kept.is_within(now, limits) && kept.wire.is_open());
    }

    /// Keeps connections from now on.
    pub(crate) fn open(&self) {
        self.idle().closed = false;
    }

    /// Closes idle connections, and those in use once they become idle.
    pub(crate) fn close(&self) {
        let mut idle = self.idle();
        idle.closed = true;
        idle.kept.clear();
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
