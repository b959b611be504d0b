//! Names a route among all environments.

use eve_core::{EnvironmentId, RouteId};

/// A route of an environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RouteKey {
    pub(crate) environment: EnvironmentId,
    pub(crate) id: RouteId,
}

impl RouteKey {
    pub(crate) fn new(environment: &EnvironmentId, id: &RouteId) -> Self {
        Self { environment: environment.clone(), id: id.clone() }
    }
}
