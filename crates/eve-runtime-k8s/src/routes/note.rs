//! What a route is, on the Service that it is made of.

use eve_core::{Error, ObservedRoute, Result, RouteSpec, RouteTarget, codes};
use kube::api::DynamicObject;

use crate::labels;

/// The annotation that says which route a Service is. On a Service of its own name the runtime writes it, with the ports.
pub(crate) const SPEC: &str = "eve.route";
/// The annotation that says where a route leads since its last switch.
pub(super) const TARGETS: &str = "eve.route.targets";

/// A route as it is to be, and where it leads since its last switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) route: RouteSpec,
    /// None for one that never led anywhere.
    pub(super) targets: Option<Vec<RouteTarget>>,
}

impl Note {
    /// What is written on a Service; none if it is to be no route.
    pub(super) fn of(service: &DynamicObject) -> Option<Self> {
        let text = |key| labels::text(service.metadata.annotations.as_ref(), key);
        Some(Self {
            route: serde_json::from_str(text(SPEC)?).ok()?,
            targets: text(TARGETS).and_then(|targets| serde_json::from_str(targets).ok()),
        })
    }

    /// Where it leads.
    pub(super) fn targets(&self) -> &[RouteTarget] {
        self.targets.as_deref().unwrap_or_default()
    }

    /// The route, if it is one already: between services it is one as soon as it leads somewhere.
    pub(super) fn observed(self) -> Option<ObservedRoute> {
        let hash = self.route.hash().ok()?;
        let is_there = self.route.id.is_public() || self.targets.is_some();
        let targets = self.targets.unwrap_or_default();
        is_there.then(|| ObservedRoute::new(self.route.id, self.route.service, hash, targets))
    }
}

/// A route, as it stands on its Service.
pub(crate) fn noted(route: &RouteSpec) -> Result<String> {
    serde_json::to_string(route).map_err(no_form)
}

pub(super) fn noted_targets(targets: &[RouteTarget]) -> Result<String> {
    serde_json::to_string(targets).map_err(no_form)
}

fn no_form(error: serde_json::Error) -> Error {
    Error::internal(codes::INTERNAL_ENCODE, "a route has no stored form").with_source(error)
}
