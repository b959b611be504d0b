//! The stored form of a table.

use eve_core::{EnvironmentId, RouteSpec, RouteTarget};
use serde::{Deserialize, Serialize};

use crate::table::Route;

/// A table in its stored form: what another process needs to lead the same requests to the same
/// instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TableSnapshot {
    /// The version of this form.
    pub schema: u32,
    /// The routes, sorted.
    pub routes: Vec<RouteRecord>,
}

impl TableSnapshot {
    /// The version of this form that is written.
    pub const SCHEMA: u32 = 1;

    pub(crate) fn new(routes: Vec<RouteRecord>) -> Self {
        Self { schema: Self::SCHEMA, routes }
    }
}

/// A route in its stored form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RouteRecord {
    /// Whose it is.
    pub environment: EnvironmentId,
    /// What it is to be.
    pub spec: RouteSpec,
    /// The port of an internal route.
    pub port: Option<u16>,
    /// The instances that it leads to.
    pub targets: Vec<RouteTarget>,
}

impl RouteRecord {
    pub(crate) fn of(route: &Route) -> Self {
        Self {
            environment: route.key.environment.clone(),
            spec: route.spec.clone(),
            port: route.port,
            targets: route.targets.iter().map(|target| target.record()).collect(),
        }
    }
}
