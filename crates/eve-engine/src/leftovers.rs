//! What is left of an environment.

use eve_core::{AttemptId, EnvironmentId, ObjectId, Result, RouteId};

use crate::parts::Parts;

/// What Eve owns in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Leftovers {
    /// Objects of the runtime.
    pub objects: Vec<ObjectId>,
    /// Routes.
    pub routes: Vec<RouteId>,
    /// Attempts.
    pub attempts: Vec<AttemptId>,
}

impl Leftovers {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.objects.len() + self.routes.len() + self.attempts.len()
    }

    pub(crate) async fn of(parts: &Parts, env: &EnvironmentId) -> Result<Self> {
        let objects = parts.runtime.observe(env).await?.ours().map(|object| object.id.clone()).collect();
        let mut routes = Vec::new();
        for part in parts.all_routes() {
            routes.extend(part.observe(env).await?.into_iter().map(|route| route.id));
        }
        Ok(Self { objects, routes, attempts: parts.runner.owned(env).await? })
    }
}
