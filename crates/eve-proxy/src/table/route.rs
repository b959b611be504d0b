//! One route.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eve_core::{Fence, InstanceRef, RouteId, RouteSpec, RouteTarget};

use crate::table::{RouteKey, Target};

/// A route with its targets. Never changed: a change puts another one in its place.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) key: RouteKey,
    pub(crate) spec: RouteSpec,
    /// The port of an internal route.
    pub(crate) port: Option<u16>,
    pub(crate) targets: Vec<Arc<Target>>,
    /// The switch that led it here, until it is confirmed.
    unconfirmed: Option<Unconfirmed>,
    next: AtomicUsize,
}

/// A switch that is not confirmed.
#[derive(Debug, Clone)]
struct Unconfirmed {
    /// Under which token it was made.
    fence: Fence,
    /// The route as it was, and will be if the switch is taken back.
    before: Arc<Route>,
}

impl Route {
    pub(crate) fn new(key: RouteKey, spec: RouteSpec, port: Option<u16>, targets: Vec<Arc<Target>>) -> Self {
        Self { key, spec, port, targets, unconfirmed: None, next: AtomicUsize::new(0) }
    }

    /// This route with another spec.
    pub(crate) fn with_spec(&self, spec: &RouteSpec) -> Self {
        let route = Self::new(self.key.clone(), spec.clone(), self.port, self.targets.clone());
        Self { unconfirmed: self.unconfirmed_with(|before| before.with_spec(spec)), ..route }
    }

    /// This route, led to other targets for good.
    pub(crate) fn with_targets(&self, targets: Vec<Arc<Target>>) -> Self {
        Self::new(self.key.clone(), self.spec.clone(), self.port, targets)
    }

    /// This route, led to other targets until that is confirmed or taken back.
    pub(crate) fn switched(self: &Arc<Self>, targets: Vec<Arc<Target>>, fence: Fence) -> Self {
        let unconfirmed = Some(Unconfirmed { fence, before: Arc::clone(self.confirmed()) });
        Self { unconfirmed, ..self.with_targets(targets) }
    }

    /// This route without one of its targets.
    pub(crate) fn without(&self, instance: &InstanceRef) -> Self {
        let stay = self.targets.iter().filter(|target| target.instance.who() != instance).cloned().collect();
        Self { unconfirmed: self.unconfirmed_with(|before| before.without(instance)), ..self.with_targets(stay) }
    }

    /// The route as it was last confirmed: this one, or the one before its switch.
    pub(crate) fn confirmed(self: &Arc<Self>) -> &Arc<Self> {
        self.unconfirmed.as_ref().map_or(self, |switch| &switch.before)
    }

    pub(crate) fn is_confirmed(&self) -> bool {
        self.unconfirmed.is_none()
    }

    /// Whether it was switched under an older token than this one and not confirmed.
    pub(crate) fn is_abandoned(&self, fence: Fence) -> bool {
        self.unconfirmed.as_ref().is_some_and(|switch| switch.fence < fence)
    }

    /// Whether it leads to exactly these targets, which are sorted, as its own are.
    pub(crate) fn leads_to_all(&self, targets: &[RouteTarget]) -> bool {
        self.targets.iter().map(|target| target.record()).eq(targets.iter().cloned())
    }

    fn unconfirmed_with(&self, change: impl FnOnce(&Self) -> Self) -> Option<Unconfirmed> {
        let Unconfirmed { fence, before } = self.unconfirmed.as_ref()?;
        Some(Unconfirmed { fence: *fence, before: Arc::new(change(before)) })
    }

    /// The next target in turn.
    pub(crate) fn pick(&self) -> Option<&Arc<Target>> {
        match self.targets.len() {
            0 => None,
            1 => self.targets.first(),
            n => self.targets.get(self.next.fetch_add(1, Ordering::Relaxed) % n),
        }
    }

    /// Whether requests are led to an instance, or will be if a switch is taken back.
    pub(crate) fn knows(&self, instance: &InstanceRef) -> bool {
        let here = self.targets.iter().any(|target| target.instance.who() == instance);
        here || self.unconfirmed.as_ref().is_some_and(|switch| switch.before.knows(instance))
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
