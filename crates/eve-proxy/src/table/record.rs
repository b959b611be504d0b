//! The stored form of a route.

use std::sync::Arc;

use eve_core::{EnvironmentId, RouteSpec, RouteTarget};
use serde::{Deserialize, Serialize};

use crate::table::Route;

/// A route in its stored form.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RouteRecord {
    pub(crate) environment: EnvironmentId,
    pub(crate) spec: RouteSpec,
    pub(crate) targets: Vec<RouteTarget>,
}

impl RouteRecord {
    /// A switch that is not confirmed yet is not part of it.
    pub(crate) fn of(route: &Arc<Route>) -> Self {
        let route = route.confirmed();
        Self {
            environment: route.key.environment.clone(),
            spec: route.spec.clone(),
            targets: route.targets.iter().map(|target| target.record()).collect(),
        }
    }
}
