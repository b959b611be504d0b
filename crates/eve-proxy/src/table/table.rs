//! All routes at one moment.

use std::collections::HashMap;
use std::sync::Arc;

use eve_core::{EnvironmentId, InstanceRef, RouteId};

use crate::table::{Route, RouteKey, RouteRecord, TableSnapshot};

/// All routes at one moment. Never changed: a change makes another table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    generation: u64,
    routes: HashMap<RouteKey, Arc<Route>>,
    /// By host; the longest path first.
    public: HashMap<String, Vec<Arc<Route>>>,
}

impl Table {
    /// Counts the changes that led to this table.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) fn get(&self, key: &RouteKey) -> Option<&Arc<Route>> {
        self.routes.get(key)
    }

    /// The public route with the longest prefix of a path; the host is in lower case.
    pub(crate) fn find(&self, host: &str, path: &str) -> Option<&Arc<Route>> {
        self.public.get(host)?.iter().find(|route| route.covers(path))
    }

    /// The route of another environment that has this host and path.
    pub(crate) fn holder(&self, key: &RouteKey) -> Option<&Arc<Route>> {
        let RouteId::Public { host, path } = &key.id else { return None };
        let same = |other: &RouteId| match other {
            RouteId::Public { path: other, .. } => other.trim_end_matches('/') == path.trim_end_matches('/'),
            _ => false,
        };
        self.public
            .get(host.as_str())?
            .iter()
            .find(|route| route.key.environment != key.environment && same(&route.key.id))
    }

    pub(crate) fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.routes.values()
    }

    pub(crate) fn leads_to(&self, environment: &EnvironmentId, instance: &InstanceRef) -> bool {
        self.routes.values().any(|route| route.key.environment == *environment && route.leads_to(instance))
    }

    /// This table with a route put in, or put in the place of the one of its key.
    pub(crate) fn with(&self, route: Arc<Route>) -> Self {
        let mut table = self.without(&route.key);
        if let RouteId::Public { host, .. } = &route.key.id {
            let routes = table.public.entry(host.as_str().to_owned()).or_default();
            routes.push(Arc::clone(&route));
            routes.sort_by_key(|route| std::cmp::Reverse(path_length(&route.key.id)));
        }
        table.routes.insert(route.key.clone(), route);
        table
    }

    /// This table without a route.
    pub(crate) fn without(&self, key: &RouteKey) -> Self {
        let mut table = self.clone();
        table.generation += 1;
        table.routes.remove(key);
        if let RouteId::Public { host, .. } = &key.id
            && let Some(routes) = table.public.get_mut(host.as_str())
        {
            routes.retain(|route| route.key != *key);
            if routes.is_empty() {
                table.public.remove(host.as_str());
            }
        }
        table
    }

    pub(crate) fn snapshot(&self) -> TableSnapshot {
        let mut routes: Vec<_> = self.routes.values().collect();
        routes.sort_by(|a, b| a.key.cmp(&b.key));
        TableSnapshot::new(routes.into_iter().map(|route| RouteRecord::of(route)).collect())
    }
}

fn path_length(id: &RouteId) -> usize {
    match id {
        RouteId::Public { path, .. } => path.trim_end_matches('/').len(),
        _ => 0,
    }
}
