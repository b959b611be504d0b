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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use eve_core::{
        Address, EnvironmentId, HostName, Incarnation, ObjectId, ObjectName, RouteId, RouteSpec, ServiceName,
    };

    use super::*;
    use crate::table::RouteKey;

    fn target(name: &str) -> Arc<Target> {
        let object = ObjectId::new("process", ObjectName::new(name).unwrap());
        let instance = Arc::new(Instance::new(InstanceRef::new(object, Incarnation::new("1"))));
        let address = Address::new("127.0.0.1", 1);
        let pool = instance.pool(&address);
        Arc::new(Target { instance, address, pool })
    }

    fn route(target: &Arc<Target>) -> Arc<Route> {
        let id = RouteId::Public { host: HostName::new("a.test").unwrap(), path: "/".into() };
        let key = RouteKey::new(&EnvironmentId::parse("o/p/e").unwrap(), &id);
        let spec = RouteSpec::new(id, ServiceName::new("web").unwrap(), 80);
        Arc::new(Route::new(key, spec, None, vec![Arc::clone(target)]))
    }

    #[test]
    fn a_switch_in_the_middle_of_a_choice_is_obeyed_and_the_old_instance_is_idle() {
        let board = Switchboard::new(UpgradePolicy::CutAtDeadline);
        let (old, new) = (target("old"), target("new"));
        board.change(|table| (Some(table.with(route(&old))), ()));
        let looked = Cell::new(0);
        let find = |table: &Table| {
            let found = table.find("a.test", "/").cloned();
            if looked.replace(looked.get() + 1) == 0 {
                board.change(|table| (Some(table.with(route(&new))), ()));
            }
            found
        };
        let (chosen, _claim) = board.claim(find).unwrap();
        assert_eq!(chosen.instance.who(), new.instance.who());
        assert_eq!((old.instance.in_flight(), new.instance.in_flight()), (0, 1));
    }

    #[test]
    fn a_claim_is_counted_until_it_is_dropped() {
        let board = Switchboard::new(UpgradePolicy::CutAtDeadline);
        let web = target("web");
        board.change(|table| (Some(table.with(route(&web))), ()));
        let (_, claim) = board.claim(|table| table.find("a.test", "/").cloned()).unwrap();
        assert_eq!(web.instance.in_flight(), 1);
        drop(claim);
        assert_eq!(web.instance.in_flight(), 0);
        assert_eq!(board.claim(|_| None).unwrap_err(), Refused::NoRoute);
    }
}
