//! What an instance in memory is made from.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::behaviour::Behaviour;
use crate::desired::{HealthCheck, HostAccess, ImageRef, Mount, Port, Resources, Restart, Service, Source};
use crate::{
    Addresses, Artifact, Body, Bound, Error, ObjectId, Op, PlacedFiles, Result, SecretName, SecretVersion, ServiceName,
    Template, VarName, Wanted, codes, naming, resolve_addresses, secret_versions,
};

/// The kind of every object of the memory runtime.
pub(super) const KIND: &str = "instance";

/// Everything that an instance is made from; its digest is the spec hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InstanceSpec {
    pub(super) service: ServiceName,
    pub(super) replica: u32,
    artifact: Option<Artifact>,
    image: Option<ImageRef>,
    argv: Vec<String>,
    working_dir: Option<String>,
    /// Text and references to secrets.
    pub(super) variables: BTreeMap<VarName, Template>,
    pub(super) secrets: BTreeMap<SecretName, SecretVersion>,
    pub(super) ports: Vec<Port>,
    health: Option<HealthCheck>,
    resources: Resources,
    restart: Restart,
    stop_grace: Duration,
    mounts: Vec<Mount>,
    pub(super) files: Vec<PlacedFiles>,
    #[serde(default, skip_serializing_if = "HostAccess::is_empty")]
    pub(super) host: HostAccess,
}

impl InstanceSpec {
    /// The specs of all replicas of a service.
    pub(super) fn of(name: &ServiceName, service: &Service, want: &Bound, at: &dyn Addresses) -> Result<Vec<Self>> {
        let artifact = want.artifacts.get(name).cloned();
        let image = match &service.source {
            Source::Image(image) => Some(image.clone()),
            Source::Build(_) => None,
        };
        if artifact.is_none() && image.is_none() {
            let text = format!("service {name} is built, and the release has no artifact of it");
            return Err(Error::not_found(codes::RELEASE_NO_ARTIFACT, text));
        }
        let variables = resolve_addresses(&service.process.environment, at)?;
        let secrets = secret_versions(&variables, want)?;
        let first = Self {
            service: name.clone(),
            replica: 0,
            artifact,
            image,
            argv: service.process.argv(),
            working_dir: service.process.working_dir.clone(),
            variables,
            secrets,
            ports: service.ports.clone(),
            health: service.health.clone(),
            resources: service.resources.clone(),
            restart: service.restart,
            stop_grace: service.stop_grace,
            mounts: service.mounts.clone(),
            files: want.placed(&service.files)?,
            host: service.host.clone(),
        };
        Ok((0..service.replicas).map(|replica| Self { replica, ..first.clone() }).collect())
    }

    /// The object that it asks for.
    pub(super) fn wanted(&self) -> Result<Wanted> {
        let body = Body::of(self)?;
        let name = naming::instance(&self.service, &body.digest(), self.replica)?;
        Ok(Wanted::new(ObjectId::new(KIND, name), body).with_service(self.service.clone()))
    }

    /// The spec in an operation that makes an object.
    ///
    /// # Errors
    /// `operation.unknown` unless the memory runtime planned it.
    pub(super) fn from_op(op: &Op) -> Result<Self> {
        let unknown = || unknown(op);
        let body = op.body.as_ref().filter(|_| op.object.kind == KIND).ok_or_else(unknown)?;
        let spec: Self = body.decode().map_err(|e| unknown().with_source(e))?;
        let name = naming::instance(&spec.service, &body.digest(), spec.replica)?;
        if name != op.object.name || op.after.as_ref() != Some(&body.digest()) {
            return Err(unknown());
        }
        Ok(spec)
    }

    /// What it is started from, as [`MemoryImages`](super::MemoryImages) knows it.
    pub(super) fn origin(&self) -> String {
        origin(self.artifact.as_ref(), self.image.as_ref()).unwrap_or_default()
    }

    /// What the workload does.
    pub(super) fn behaviour(&self) -> Behaviour {
        Behaviour::read(&self.argv, self.image.as_ref())
    }

    /// The ports of the host that it holds.
    pub(super) fn published(&self) -> impl Iterator<Item = u16> {
        self.ports.iter().filter_map(|port| port.published)
    }
}

/// The name of an artifact or image.
pub(super) fn origin(artifact: Option<&Artifact>, image: Option<&ImageRef>) -> Option<String> {
    artifact.map(ToString::to_string).or_else(|| image.map(ToString::to_string))
}

/// The error for an operation that the memory runtime did not plan.
pub(super) fn unknown(op: &Op) -> Error {
    let text = format!("operation {} is not one that the memory runtime plans", op.id);
    Error::invalid(codes::OPERATION_UNKNOWN, text)
}
