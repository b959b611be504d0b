//! The numbers of drains that are over.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eve_core::{Drained, EnvironmentId, InstanceRef, OpId};
use serde::{Deserialize, Serialize};

type Key = (EnvironmentId, OpId);

/// The numbers of drains that are over, told again to the operation that asked until it is said
/// that they are journaled.
#[derive(Debug, Default)]
pub(crate) struct Drains(Mutex<BTreeMap<Key, (InstanceRef, Drained)>>);

/// The numbers of a drain in their stored form.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DrainRecord {
    environment: EnvironmentId,
    operation: OpId,
    instance: InstanceRef,
    numbers: Drained,
}

impl Drains {
    pub(crate) fn restored(records: Vec<DrainRecord>) -> Self {
        let told =
            records.into_iter().map(|drain| ((drain.environment, drain.operation), (drain.instance, drain.numbers)));
        Self(Mutex::new(told.collect()))
    }

    pub(crate) fn records(&self) -> Vec<DrainRecord> {
        let record = |((environment, operation), (instance, numbers)): (&Key, &(InstanceRef, Drained))| DrainRecord {
            environment: environment.clone(),
            operation: operation.clone(),
            instance: instance.clone(),
            numbers: *numbers,
        };
        self.held().iter().map(record).collect()
    }

    pub(crate) fn told(&self, environment: &EnvironmentId, operation: &OpId, who: &InstanceRef) -> Option<Drained> {
        let held = self.held();
        let (instance, numbers) = held.get(&(environment.clone(), operation.clone()))?;
        (instance == who).then_some(*numbers)
    }

    pub(crate) fn keep(&self, environment: &EnvironmentId, operation: &OpId, who: &InstanceRef, numbers: Drained) {
        self.held().insert((environment.clone(), operation.clone()), (who.clone(), numbers));
    }

    /// Forgets the numbers of an operation. False if there were none.
    pub(crate) fn forget(&self, environment: &EnvironmentId, operation: &OpId) -> bool {
        self.held().remove(&(environment.clone(), operation.clone())).is_some()
    }

    /// Takes back the numbers of an instance that requests are led to again: it will be drained anew,
    /// maybe by an operation of the same name.
    pub(crate) fn retract(&self, environment: &EnvironmentId, who: &InstanceRef) {
        self.held().retain(|(env, _), (instance, _)| env != environment || instance != who);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.held().is_empty()
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Key, (InstanceRef, Drained)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
