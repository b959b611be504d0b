//! All routes at one moment.

use std::collections::HashMap;
use std::sync::Arc;

use eve_core::{EnvironmentId, RouteId};

use crate::table::{Route, RouteKey, RouteRecord};

/// All routes at one moment. Never changed: a change makes another table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    generation: u64,
    routes: HashMap<RouteKey, Arc<Route>>,
    /// By host; the longest path first.
    public: HashMap<String, Vec<Arc<Route>>>,
}

impl Table {
    /// A table that so many changes led to.
    pub(crate) fn restored(generation: u64, routes: impl IntoIterator<Item = Route>) -> Self {
        let table = routes.into_iter().fold(Self::default(), |table, route| table.with(Arc::new(route)));
        Self { generation, ..table }
    }

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

    pub(crate) fn routes_of<'a>(&'a self, environment: &'a EnvironmentId) -> impl Iterator<Item = &'a Arc<Route>> {
        self.routes.values().filter(move |route| route.key.environment == *environment)
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

    /// This table with several routes put in; none if there are none.
    pub(crate) fn with_all(&self, routes: impl IntoIterator<Item = Arc<Route>>) -> Option<Self> {
        routes.into_iter().fold(None, |table, route| Some(table.as_ref().unwrap_or(self).with(route)))
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

    pub(crate) fn records(&self) -> Vec<RouteRecord> {
        let mut routes: Vec<_> = self.routes.values().collect();
        routes.sort_by(|a, b| a.key.cmp(&b.key));
        routes.into_iter().map(RouteRecord::of).collect()
    }
}

fn path_length(id: &RouteId) -> usize {
    match id {
        RouteId::Public { path, .. } => path.trim_end_matches('/').len(),
        _ => 0,
    }
}
