//! What a route is, on the Service that it is made of.

use eve_core::{Digest, ObservedRoute, RouteId, RouteTarget, ServiceName};
use kube::api::DynamicObject;
use serde::{Deserialize, Serialize};

use crate::labels;

/// The annotation that says which route a Service is, and where it leads.
pub(crate) const ROUTE: &str = "eve.route";

/// A route as it was prepared, and where it leads since its last switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) id: RouteId,
    pub(super) service: ServiceName,
    pub(super) hash: Digest,
    pub(super) port: u16,
    pub(super) confirm_path: String,
    #[serde(default)]
    pub(super) targets: Vec<RouteTarget>,
}

impl Note {
    /// What is written on a Service; none if it is no route.
    pub(super) fn of(service: &DynamicObject) -> Option<Self> {
        serde_json::from_str(labels::text(service.metadata.annotations.as_ref(), ROUTE)?).ok()
    }

    pub(super) fn observed(self) -> ObservedRoute {
        ObservedRoute::new(self.id, self.service, self.hash, self.targets)
    }
}
