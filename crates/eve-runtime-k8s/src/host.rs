//! One cluster, and whatever Eve does with it.

use std::fmt;
use std::sync::Arc;

use eve_core::{Addresses, Bound, Result};
use kube::Client;
use serde_json::Value;

use crate::api::Cluster;
use crate::config::{Ingress, K8sConfig};
use crate::routes::K8sRoutes;
use crate::runner::K8sRunner;
use crate::runtime::K8sRuntime;

/// One cluster, and whatever Eve does with it.
#[derive(Debug, Clone)]
pub struct K8sHost {
    config: Arc<K8sConfig>,
    cluster: Cluster,
}

impl K8sHost {
    /// The cluster that the configuration names. Nothing is asked of it yet.
    ///
    /// # Errors
    /// `backend.unavailable` if no cluster is configured.
    pub async fn open(config: K8sConfig) -> Result<Self> {
        // Whoever opens it need not carry all that it takes to read a kubeconfig.
        let cluster = Box::pin(Cluster::open(&config)).await?;
        Ok(Self { config: Arc::new(config), cluster })
    }

    /// A cluster behind a client of your own.
    pub fn with_client(config: K8sConfig, client: Client) -> Self {
        Self { config: Arc::new(config), cluster: Cluster::of(client) }
    }

    /// The client, for what Eve has no word for.
    pub fn client(&self) -> Client {
        self.cluster.client()
    }

    /// The objects of an environment as they are applied here; see [`manifests`](crate::manifests).
    ///
    /// # Errors
    /// As [`Runtime::plan`](eve_core::Runtime::plan).
    pub fn manifests(&self, want: &Bound, at: &dyn Addresses) -> Result<Vec<Value>> {
        crate::manifests(&self.config, want, at)
    }

    /// The runtime that holds services.
    pub fn runtime(&self) -> K8sRuntime {
        K8sRuntime::new(Arc::clone(&self.config), self.cluster.clone())
    }

    /// True if the cluster itself leads requests in from outside.
    pub fn has_ingress(&self) -> bool {
        self.config.ingress != Ingress::Outside
    }

    /// The runner of attempts.
    pub fn runner(&self) -> K8sRunner {
        K8sRunner::new(Arc::clone(&self.config), self.cluster.clone())
    }

    /// Routes by the cluster's own Services: those between services, and with an ingress of the cluster public ones.
    pub fn routes(&self) -> K8sRoutes {
        K8sRoutes::new(Arc::clone(&self.config), self.cluster.clone())
    }
}

impl fmt::Display for K8sHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cluster)
    }
}
