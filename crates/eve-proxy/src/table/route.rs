//! One route.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eve_core::{InstanceRef, RouteId, RouteSpec};

use crate::table::{RouteKey, Target};

/// A route with its targets. Never changed: a change puts another one in its place.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) key: RouteKey,
    pub(crate) spec: RouteSpec,
    /// The port of an internal route.
    pub(crate) port: Option<u16>,
    pub(crate) targets: Vec<Arc<Target>>,
    next: AtomicUsize,
}

impl Route {
    pub(crate) fn new(key: RouteKey, spec: RouteSpec, port: Option<u16>, targets: Vec<Arc<Target>>) -> Self {
        Self { key, spec, port, targets, next: AtomicUsize::new(0) }
    }

    pub(crate) fn with_spec(&self, spec: RouteSpec) -> Self {
        Self::new(self.key.clone(), spec, self.port, self.targets.clone())
    }

    pub(crate) fn with_targets(&self, targets: Vec<Arc<Target>>) -> Self {
        Self::new(self.key.clone(), self.spec.clone(), self.port, targets)
    }

    /// The next target in turn.
    pub(crate) fn pick(&self) -> Option<&Arc<Target>> {
        match self.targets.len() {
            0 => None,
            1 => self.targets.first(),
            n => self.targets.get(self.next.fetch_add(1, Ordering::Relaxed) % n),
        }
    }

    pub(crate) fn leads_to(&self, instance: &InstanceRef) -> bool {
        self.targets.iter().any(|target| target.instance.who() == instance)
    }

    /// Whether a public route's prefix covers a path, whole segments only.
    pub(crate) fn covers(&self, path: &str) -> bool {
        let RouteId::Public { path: prefix, .. } = &self.key.id else { return false };
        let prefix = prefix.trim_end_matches('/');
        path.strip_prefix(prefix).is_some_and(|rest| prefix.is_empty() || rest.is_empty() || rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use eve_core::{EnvironmentId, HostName, ServiceName};

    use super::*;

    fn at(path: &str) -> Route {
        let id = RouteId::Public { host: HostName::new("a.test").unwrap(), path: path.to_owned() };
        let key = RouteKey::new(&EnvironmentId::parse("o/p/e").unwrap(), &id);
        Route::new(key, RouteSpec::new(id, ServiceName::new("web").unwrap(), 80), None, Vec::new())
    }

    #[test]
    fn a_prefix_covers_whole_segments_only() {
        for (prefix, path, covered) in [
            ("/", "/", true),
            ("/", "/a/b", true),
            ("/", "*", true),
            ("/api", "/api", true),
            ("/api", "/api/", true),
            ("/api/", "/api", true),
            ("/api", "/api/v1", true),
            ("/api", "/apis", false),
            ("/api", "/", false),
        ] {
            assert_eq!(at(prefix).covers(path), covered, "{prefix} {path}");
        }
    }
}
