//! The instances that have something to count.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eve_core::{EnvironmentId, InstanceRef};

use crate::instance::Instance;

type Key = (EnvironmentId, InstanceRef);

/// The instances that were a target and are not drained yet.
#[derive(Debug, Default)]
pub(crate) struct Instances(Mutex<HashMap<Key, Arc<Instance>>>);

impl Instances {
    /// The instance, made now if it is new.
    pub(crate) fn enter(&self, environment: &EnvironmentId, who: &InstanceRef) -> Arc<Instance> {
        let key = (environment.clone(), who.clone());
        Arc::clone(self.held().entry(key).or_insert_with(|| Arc::new(Instance::new(who.clone()))))
    }

    pub(crate) fn get(&self, environment: &EnvironmentId, who: &InstanceRef) -> Option<Arc<Instance>> {
        self.held().get(&(environment.clone(), who.clone())).cloned()
    }

    pub(crate) fn remove(&self, environment: &EnvironmentId, who: &InstanceRef) {
        self.held().remove(&(environment.clone(), who.clone()));
    }

    pub(crate) fn all(&self) -> Vec<Arc<Instance>> {
        self.held().values().cloned().collect()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Key, Arc<Instance>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
