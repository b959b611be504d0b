//! What a container is made from.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use eve_core::desired::{
    HealthCheck, HostAccess, ImageRef, Mount, Port, Resources, Restart, SecretFile, Service, Source,
};
use eve_core::{
    Addresses, Artifact, Body, Bound, Error, ObjectName, PlacedFiles, Result, SecretName, SecretVersion, ServiceName,
    Template, VarName, codes, naming, resolve_addresses, secret_versions,
};
use serde::{Deserialize, Serialize};

use super::care::Care;
use crate::config::DockerConfig;
use crate::hardening::Bounds;

/// Everything that makes one container what it is; its digest is the spec hash. Secrets are
/// references in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ContainerSpec {
    pub(super) service: ServiceName,
    pub(super) replica: u32,
    pub(super) image: Image,
    pub(super) entrypoint: Option<Vec<String>>,
    pub(super) command: Option<Vec<String>>,
    pub(super) working_dir: Option<String>,
    pub(super) variables: BTreeMap<VarName, Template>,
    pub(super) secrets: BTreeMap<SecretName, SecretVersion>,
    pub(super) ports: Vec<Port>,
    pub(super) health: Option<HealthCheck>,
    pub(super) resources: Resources,
    pub(super) restart: Restart,
    pub(super) stop_grace: Duration,
    pub(super) mounts: Vec<Mount>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) secret_files: Vec<SecretFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) files: Vec<PlacedFiles>,
    #[serde(default, skip_serializing_if = "HostAccess::is_empty")]
    pub(super) host: HostAccess,
    /// The host's address for published ports that name none.
    pub(super) publish: IpAddr,
    pub(super) bounds: Bounds,
    /// Chosen last, among those that are free; none while the name is derived from the rest.
    pub(super) address: Option<Ipv4Addr>,
}

/// What a container is started from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Image {
    /// An image by its name: what the engine has under it, or else what the registry has.
    Named(ImageRef),
    /// What a build made.
    Built(Artifact),
}

impl ContainerSpec {
    /// The first replica of a service, without an address.
    ///
    /// # Errors
    /// `service.no_url`, `service.unknown`, `plan.refused`, `secret.missing`, `file.missing`,
    /// `release.no_artifact`.
    pub(super) fn new(
        name: &ServiceName,
        service: &Service,
        want: &Bound,
        at: &dyn Addresses,
        config: &DockerConfig,
    ) -> Result<Self> {
        let variables = resolve_addresses(&service.process.environment, at)?;
        Ok(Self {
            service: name.clone(),
            replica: 0,
            image: Image::of(name, service, want)?,
            entrypoint: service.process.entrypoint.clone(),
            command: service.process.command.clone(),
            working_dir: service.process.working_dir.clone(),
            secrets: versions(&variables, &service.secrets, want)?,
            variables,
            ports: service.ports.clone(),
            health: service.health.clone(),
            resources: service.resources.clone(),
            restart: service.restart,
            stop_grace: service.stop_grace,
            mounts: service.mounts.clone(),
            secret_files: service.secrets.clone(),
            files: want.placed(&service.files)?,
            host: service.host.clone(),
            publish: config.publish,
            bounds: Bounds::of(config),
            address: None,
        })
    }

    /// The name of the container that it is, whatever its address.
    ///
    /// # Errors
    /// `name.invalid` never happens for a valid service; the signature keeps the check.
    pub(super) fn name(&self) -> Result<ObjectName> {
        let nowhere = Self { address: None, ..self.clone() };
        naming::instance(&self.service, &Body::of(&nowhere)?.digest(), self.replica)
    }

    /// What is needed to look after the container; none if it has no address yet.
    pub(super) fn care(&self) -> Option<Care> {
        Some(Care {
            service: self.service.clone(),
            address: self.address?,
            ports: self
                .ports
                .iter()
                .filter(|port| port.protocol == eve_core::desired::Protocol::Tcp)
                .map(|port| port.number)
                .collect(),
            health: self.health.clone(),
            restart: self.restart,
            stop_grace: self.stop_grace,
            logs: self.bounds.logs(),
        })
    }
}

/// The versions of the secrets in variables and files.
fn versions(
    variables: &BTreeMap<VarName, Template>,
    files: &[SecretFile],
    want: &Bound,
) -> Result<BTreeMap<SecretName, SecretVersion>> {
    let mut all = secret_versions(variables, want)?;
    for file in files {
        let version = want.secrets.get(&file.secret).ok_or_else(|| {
            Error::not_found(codes::SECRET_MISSING, format!("secret {} was not bound to a version", file.secret))
        })?;
        all.insert(file.secret.clone(), version.clone());
    }
    Ok(all)
}

impl Image {
    fn of(name: &ServiceName, service: &Service, want: &Bound) -> Result<Self> {
        match (want.artifacts.get(name), &service.source) {
            (Some(artifact @ (Artifact::Image { .. } | Artifact::LocalImage { .. })), _) => {
                Ok(Self::Built(artifact.clone()))
            }
            (Some(artifact), _) => {
                let text = format!("{artifact} of {name} is no image");
                Err(Error::invalid(codes::PLAN_REFUSED, text).with_hint("build it again for this runtime"))
            }
            (None, Source::Image(image)) => Ok(Self::Named(image.clone())),
            (None, _) => {
                let text = format!("{name} has no artifact in this release");
                Err(Error::not_found(codes::RELEASE_NO_ARTIFACT, text).with_hint("build the release again"))
            }
        }
    }

    /// As the engine names it.
    pub(super) fn reference(&self) -> String {
        match self {
            Self::Named(image) => image.to_string(),
            Self::Built(Artifact::LocalImage { id, .. }) => id.to_string(),
            Self::Built(artifact) => artifact.to_string(),
        }
    }

    /// True if a registry may have what the engine has not.
    pub(super) fn can_be_fetched(&self) -> bool {
        !matches!(self, Self::Built(Artifact::LocalImage { .. }))
    }
}
