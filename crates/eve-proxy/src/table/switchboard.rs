//! The table in force, and the one way to a target.

use std::collections::HashMap;
use std::sync::atomic::{Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use eve_core::InstanceRef;

use crate::UpgradePolicy;
use crate::instance::{Claim, Instance};
use crate::table::{Route, Table, Target};

/// The table in force. Reading never waits; changes are made one after the other.
#[derive(Debug)]
pub(crate) struct Switchboard {
    current: ArcSwap<Table>,
    changing: Mutex<()>,
    upgrades: UpgradePolicy,
}

/// Why a request got no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    NoRoute,
    NoTarget,
}

impl Switchboard {
    pub(crate) fn new(upgrades: UpgradePolicy) -> Self {
        Self { current: ArcSwap::default(), changing: Mutex::new(()), upgrades }
    }

    pub(crate) fn table(&self) -> Arc<Table> {
        self.current.load_full()
    }

    /// Chooses a target and counts the request at its instance, as one step: the request is counted
    /// first and the table looked at again after. Either that look sees a change, and the choice is
    /// taken back, or the change comes later, and whoever made it sees the count.
    pub(crate) fn claim(&self, find: impl Fn(&Table) -> Option<Arc<Route>>) -> Result<(Arc<Target>, Claim), Refused> {
        loop {
            let table = self.current.load();
            let route = find(&table).ok_or(Refused::NoRoute)?;
            let target = route.pick().ok_or(Refused::NoTarget)?;
            let claim = target.instance.claim();
            fence(Ordering::SeqCst);
            // The guard keeps the table alive, so that no other one can have its address.
            if Arc::ptr_eq(&table, &self.current.load()) {
                return Ok((Arc::clone(target), claim));
            }
        }
    }

    /// Puts the table that `change` makes in force; `None` leaves everything as it is. Instances
    /// that no route leads to any more are withdrawn before it returns.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&Table) -> (Option<Table>, T)) -> T {
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.current.load_full();
        let (after, told) = change(&before);
        if let Some(after) = after {
            let stay = instances(&after);
            for instance in stay.values() {
                instance.enlist();
            }
            self.current.store(Arc::new(after));
            fence(Ordering::SeqCst);
            for (key, instance) in instances(&before) {
                if !stay.contains_key(&key) {
                    instance.withdraw(self.upgrades);
                }
            }
        }
        told
    }
}

fn instances(table: &Table) -> HashMap<(eve_core::EnvironmentId, InstanceRef), Arc<Instance>> {
    table
        .routes()
        .flat_map(|route| route.targets.iter().map(|target| (route.key.environment.clone(), &target.instance)))
        .map(|(environment, instance)| ((environment, instance.who().clone()), Arc::clone(instance)))
        .collect()
}
