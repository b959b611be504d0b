//! The numbers of drains that are over.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use eve_core::{Drained, EnvironmentId, InstanceRef, OpId};

/// Drains whose numbers are kept; the oldest give way.
const KEPT: usize = 4096;

type Key = (EnvironmentId, OpId);

/// The numbers of drains that are over, told again to the operation that asked.
#[derive(Debug, Default)]
pub(crate) struct Drains(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    numbers: HashMap<Key, (InstanceRef, Drained)>,
    order: VecDeque<Key>,
}

impl Drains {
    pub(crate) fn told(&self, environment: &EnvironmentId, operation: &OpId, who: &InstanceRef) -> Option<Drained> {
        let state = self.state();
        let (instance, drained) = state.numbers.get(&(environment.clone(), operation.clone()))?;
        (instance == who).then_some(*drained)
    }

    pub(crate) fn keep(&self, environment: &EnvironmentId, operation: &OpId, who: &InstanceRef, drained: Drained) {
        let mut state = self.state();
        let key = (environment.clone(), operation.clone());
        if state.numbers.insert(key.clone(), (who.clone(), drained)).is_none() {
            state.order.push_back(key);
        }
        while state.order.len() > KEPT {
            if let Some(oldest) = state.order.pop_front() {
                state.numbers.remove(&oldest);
            }
        }
    }

    /// Forgets the numbers of an instance that requests are led to again.
    pub(crate) fn forget(&self, environment: &EnvironmentId, who: &InstanceRef) {
        let state = &mut *self.state();
        state.numbers.retain(|(env, _), (instance, _)| env != environment || instance != who);
        state.order.retain(|key| state.numbers.contains_key(key));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
