//! The instances that have something to count.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eve_core::{EnvironmentId, InstanceRef};
use serde::{Deserialize, Serialize};

use crate::instance::Instance;

type Key = (EnvironmentId, InstanceRef);

/// The instances that were a target and are not drained yet, and those that are about to be one.
#[derive(Debug, Default)]
pub(crate) struct Instances(Mutex<HashMap<Key, Arc<Instance>>>);

/// An instance that was a target and is not drained yet, in its stored form.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct InstanceRecord {
    environment: EnvironmentId,
    instance: InstanceRef,
}

impl Instances {
    /// Takes up the instances of another process. Their numbers are unknown.
    pub(crate) fn restore(&self, records: Vec<InstanceRecord>) {
        let restored = records.into_iter().map(|record| {
            let instance = Arc::new(Instance::restored(record.instance.clone()));
            ((record.environment, record.instance), instance)
        });
        self.held().extend(restored);
    }

    pub(crate) fn records(&self) -> Vec<InstanceRecord> {
        let held = self.held();
        let led = held.iter().filter(|(_, instance)| instance.was_led_to());
        let record = |(environment, instance): &Key| InstanceRecord {
            environment: environment.clone(),
            instance: instance.clone(),
        };
        let mut records: Vec<_> = led.map(|(key, _)| record(key)).collect();
        records.sort_unstable();
        records
    }

    /// The instance, made now if it is new.
    pub(crate) fn enter(&self, environment: &EnvironmentId, who: &InstanceRef) -> Arc<Instance> {
        let key = (environment.clone(), who.clone());
        Arc::clone(self.held().entry(key).or_insert_with(|| Arc::new(Instance::new(who.clone()))))
    }

    pub(crate) fn get(&self, environment: &EnvironmentId, who: &InstanceRef) -> Option<Arc<Instance>> {
        self.held().get(&(environment.clone(), who.clone())).cloned()
    }

    /// Forgets an instance, unless another one of that name has come.
    pub(crate) fn remove(&self, environment: &EnvironmentId, gone: &Arc<Instance>) {
        let (mut held, key) = (self.held(), (environment.clone(), gone.who().clone()));
        if held.get(&key).is_some_and(|present| Arc::ptr_eq(present, gone)) {
            held.remove(&key);
        }
    }

    pub(crate) fn all(&self) -> Vec<Arc<Instance>> {
        self.held().values().cloned().collect()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Key, Arc<Instance>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
