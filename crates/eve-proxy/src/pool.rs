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

impl Pool {
    /// The connection that was idle for the shortest time, if it still works.
    pub(crate) fn take(&self, now: Monotonic, idle: Duration) -> Option<Wire> {
        loop {
            let Kept { wire, since } = self.idle().kept.pop()?;
            // Whatever lies below it was idle for longer.
            if now.since(since) > idle {
                self.idle().kept.clear();
                return None;
            }
            if wire.is_ready() {
                return Some(wire);
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

    /// Closes connections that were idle for too long, and those that the instance has closed.
    pub(crate) fn prune(&self, now: Monotonic, idle: Duration) {
        self.idle().kept.retain_mut(|kept| now.since(kept.since) <= idle && kept.wire.is_open());
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
