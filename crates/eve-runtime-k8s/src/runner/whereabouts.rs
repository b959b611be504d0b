//! Where attempts are: their ids name no environment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eve_core::{AttemptId, EnvironmentId};

/// The environments of the attempts that were met, so that they are looked for there alone. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Whereabouts(Arc<Mutex<BTreeMap<AttemptId, EnvironmentId>>>);

impl Whereabouts {
    /// The environment of an attempt; none if nobody met it.
    pub(super) fn of(&self, id: &AttemptId) -> Option<EnvironmentId> {
        self.lock().get(id).cloned()
    }

    /// Notes where an attempt is.
    pub(super) fn note(&self, id: &AttemptId, environment: &EnvironmentId) {
        self.lock().insert(id.clone(), environment.clone());
    }

    /// Forgets an attempt that is gone.
    pub(super) fn forget(&self, id: &AttemptId) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<AttemptId, EnvironmentId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
