//! Requests under way at instances.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::shared::Shared;
use crate::InstanceRef;

/// Counts requests by instance.
#[derive(Default)]
pub(super) struct Traffic(BTreeMap<InstanceRef, Count>);

#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Count {
    /// Requests that were answered.
    pub(super) served: u64,
    /// Requests that are under way.
    pub(super) open: u64,
    /// Grows with every cut: a request that began before it is no longer counted.
    pub(super) cuts: u64,
}

impl Traffic {
    pub(super) fn of(&self, instance: &InstanceRef) -> Count {
        self.0.get(instance).copied().unwrap_or_default()
    }

    /// Cuts what is under way, and says how many that were.
    pub(super) fn cut(&mut self, instance: &InstanceRef) -> u64 {
        self.0.get_mut(instance).map_or(0, |count| {
            count.cuts += 1;
            std::mem::take(&mut count.open)
        })
    }
}

/// A simulated request that is under way at an instance, until it is dropped.
#[must_use = "the request ends when this is dropped"]
pub struct InFlight {
    traffic: Arc<Shared<Traffic>>,
    instance: InstanceRef,
    cuts: u64,
}

impl InFlight {
    pub(super) fn begin(traffic: Arc<Shared<Traffic>>, instance: InstanceRef) -> Self {
        let cuts = traffic.write(|traffic| {
            let count = traffic.0.entry(instance.clone()).or_default();
            count.open += 1;
            count.cuts
        });
        Self { traffic, instance, cuts }
    }

    /// True if a drain cut it.
    pub fn was_cut(&self) -> bool {
        self.traffic.read(|traffic| traffic.of(&self.instance).cuts != self.cuts)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.traffic.write(|traffic| {
            if let Some(count) = traffic.0.get_mut(&self.instance).filter(|count| count.cuts == self.cuts) {
                count.open -= 1;
                count.served += 1;
            }
        });
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InFlight({})", self.instance)
    }
}
