//! The routes that a target state asks for.

use std::collections::BTreeMap;

use crate::desired::{HealthCheck, Probe, Service};
use crate::{Addresses, Desired, Error, ObservedRoute, Result, RouteId, RouteSpec, Routes, ServiceName, codes};

/// The routes that a target state asks for: one internal route for every service with a port, and
/// the public ones.
pub fn wanted_routes(desired: &Desired) -> Vec<RouteSpec> {
    let mut out = Vec::new();
    for (name, service) in &desired.services {
        if let Some(port) = service.main_port() {
            let id = RouteId::Internal { service: name.clone() };
            out.push(spec(id, name, service, port.number));
        }
    }
    for route in &desired.routes {
        if let Some(service) = desired.services.get(&route.service) {
            let id = RouteId::Public { host: route.host.clone(), path: route.path.clone() };
            out.push(spec(id, &route.service, service, route.port));
        }
    }
    out
}

fn spec(id: RouteId, name: &ServiceName, service: &Service, port: u16) -> RouteSpec {
    let mut spec = RouteSpec::new(id, name.clone(), port);
    if let Some(HealthCheck { probe: Probe::Http { path, .. }, .. }) = &service.health {
        spec.confirm_path.clone_from(path);
    }
    spec
}

/// The routes of an environment as they are, and as they are wanted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RouteTable {
    /// As they are wanted.
    pub wanted: Vec<RouteSpec>,
    /// As they were seen.
    pub seen: Vec<ObservedRoute>,
}

impl RouteTable {
    /// The routes that a target state asks for, beside those that were seen. A service of which
    /// nothing is to run has none: there is nothing that it could lead to.
    pub fn new(desired: &Desired, seen: Vec<ObservedRoute>) -> Self {
        let runs = |route: &RouteSpec| desired.services.get(&route.service).is_some_and(|s| s.replicas > 0);
        Self { wanted: wanted_routes(desired).into_iter().filter(runs).collect(), seen }
    }

    /// A route as it was seen.
    pub fn seen(&self, id: &RouteId) -> Option<&ObservedRoute> {
        self.seen.iter().find(|route| route.id == *id)
    }
}

/// The addresses of an environment's internal routes, asked once before planning.
#[derive(Debug, Clone, Default)]
pub struct PlannedAddresses(BTreeMap<ServiceName, Option<String>>);

impl PlannedAddresses {
    /// Asks for the address of every service that has a port.
    ///
    /// # Errors
    /// Whatever [`Routes::address`] answers.
    pub async fn of(desired: &Desired, routes: &dyn Routes) -> Result<Self> {
        let mut out: BTreeMap<_, _> = desired.services.keys().map(|name| (name.clone(), None)).collect();
        for route in wanted_routes(desired).iter().filter(|route| !route.id.is_public()) {
            out.insert(route.service.clone(), Some(routes.address(&desired.environment, route).await?));
        }
        Ok(Self(out))
    }
}

impl Addresses for PlannedAddresses {
    fn service_url(&self, service: &ServiceName) -> Result<String> {
        match self.0.get(service) {
            Some(Some(url)) => Ok(url.clone()),
            Some(None) => {
                Err(Error::invalid(codes::SERVICE_NO_URL, format!("service {service} has no port, so it has no URL"))
                    .with_hint("declare a port under `ports`"))
            }
            None => Err(Error::invalid(codes::SERVICE_UNKNOWN, format!("no service is named {service}"))),
        }
    }
}
