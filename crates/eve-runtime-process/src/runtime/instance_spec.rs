//! What an instance is made from.

use std::collections::BTreeMap;
use std::time::Duration;

use eve_core::desired::{HealthCheck, HostAccess, Port, Probe, Resources, Restart, Service};
use eve_core::{
    Addresses, Artifact, Bound, Result, SecretName, SecretVersion, ServiceName, Template, VarName, resolve_addresses,
    secret_versions,
};
use serde::{Deserialize, Serialize};

/// Everything that makes one instance what it is; its digest is the spec hash. Secrets are
/// references in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InstanceSpec {
    pub(super) service: ServiceName,
    pub(super) replica: u32,
    pub(super) artifact: Artifact,
    pub(super) argv: Vec<String>,
    pub(super) working_dir: Option<String>,
    pub(super) variables: BTreeMap<VarName, Template>,
    pub(super) secrets: BTreeMap<SecretName, SecretVersion>,
    pub(super) ports: Vec<Port>,
    pub(super) health: Option<HealthCheck>,
    pub(super) resources: Resources,
    pub(super) restart: Restart,
    pub(super) stop_grace: Duration,
    /// Judged once more when the instance is made.
    #[serde(default, skip_serializing_if = "HostAccess::is_empty")]
    pub(super) host: HostAccess,
}

impl InstanceSpec {
    /// The first replica of a service.
    ///
    /// # Errors
    /// `service.no_url`, `service.unknown`, `plan.refused`, `secret.missing`.
    pub(super) fn new(
        name: &ServiceName,
        service: &Service,
        artifact: &Artifact,
        want: &Bound,
        at: &dyn Addresses,
    ) -> Result<Self> {
        let variables = resolve_addresses(&service.process.environment, at)?;
        Ok(Self {
            service: name.clone(),
            replica: 0,
            artifact: artifact.clone(),
            argv: service.process.argv(),
            working_dir: service.process.working_dir.clone(),
            secrets: secret_versions(&variables, want)?,
            variables,
            ports: service.ports.clone(),
            health: service.health.clone().filter(|health| health.probe != Probe::None),
            resources: service.resources.clone(),
            restart: service.restart,
            stop_grace: service.stop_grace,
            host: service.host.clone(),
        })
    }
}
