//! What the routes suite needs of a backend's author.

use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{Address, Env, HostName, Result, Routes, SystemEnv};

use crate::{DeadInstance, http};

/// Makes route tables. Instances are the suite's own: [`HttpInstance`](crate::HttpInstance)s on loopback ports.
#[async_trait]
pub trait RoutesHarness: Send + Sync {
    /// A table that holds no route of the suite's environments. Asked for once a case.
    ///
    /// # Errors
    /// Whatever keeps the backend from being there.
    async fn routes(&self) -> Result<Arc<dyn Routes>>;

    /// Time and randomness, the same that the table uses. By default the system's.
    fn env(&self) -> Arc<dyn Env> {
        Arc::new(SystemEnv::new())
    }

    /// A public host that the backend can lead, made of this label.
    ///
    /// # Errors
    /// `name.invalid`.
    fn host(&self, label: &str) -> Result<HostName> {
        HostName::new(format!("{label}.suite.test"))
    }

    /// True if requests really go through the routes. Without, a case is content with what is
    /// observed.
    fn carries_requests(&self) -> bool {
        true
    }

    /// Status and body that `GET path` below a route's address gives. By default the address's port
    /// on this machine is asked, its host sent in the `Host` header.
    ///
    /// # Errors
    /// `backend.unavailable` if there is no whole answer.
    async fn get(&self, address: &str, path: &str) -> Result<(u16, String)> {
        let rest = address.strip_prefix("http://").unwrap_or(address);
        let (authority, prefix) = rest.split_once('/').map_or((rest, String::new()), |(a, p)| (a, format!("/{p}")));
        let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80);
        http::get(&Address::new("127.0.0.1", port), authority, &format!("{prefix}{path}")).await
    }

    /// An instance that no switch can be confirmed with, from now on and as long as it is held. By
    /// default one at whose address nobody listens.
    ///
    /// # Errors
    /// Whatever keeps it from being made.
    async fn unreachable(&self, name: &str) -> Result<DeadInstance> {
        DeadInstance::new(name)
    }

    /// Stops what a table runs in this process.
    async fn close(&self, routes: Arc<dyn Routes>) {
        drop(routes);
    }
}
