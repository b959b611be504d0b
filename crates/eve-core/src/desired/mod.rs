//! The resolved target state of one environment.

mod file_places;
mod health;
mod host;
mod job;
mod managed;
mod port;
mod resources;
mod rollout;
mod route;
mod service;
mod source;
mod storage;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    EnvironmentId, Error, Loss, LossGrade, Origins, Result, SecretName, ServiceName, Template, VolumeName, codes,
};

pub use health::{HealthCheck, Probe};
pub use host::{Bind, Device, DevicePermissions, HostAccess, HostNamespace, LinuxCapability, Unconfined};
pub use job::Job;
pub use managed::{
    BackupSchedule, DatabaseBackup, DatabaseClass, DatabaseEngine, DatabaseExtension, ManagedDatabase, ManagedField,
};
pub use port::{Port, Protocol};
pub use resources::{Limits, Resources};
pub use rollout::{Rollout, Strategy};
pub use route::PublicRoute;
pub use service::{Dependency, Process, Restart, Role, Service};
pub use source::{BuildSpec, ImageRef, Source};
pub use storage::{FileMount, FileSource, Mount, SecretFile, VolumeSpec};

/// The resolved, typed target state of one environment: what crosses every seam.
///
/// Secrets are references in it, never values. A language lowers into it, and plain Rust can build
/// it. The ledger stores it with [`Desired::SCHEMA`], so that a rollback parses no old manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Desired {
    /// The version of this type's stored form.
    pub schema: u32,
    /// Whose target state this is.
    pub environment: EnvironmentId,
    /// The services that run all the time.
    #[serde(default)]
    pub services: BTreeMap<ServiceName, Service>,
    /// The services that run once, when a pipeline says so.
    #[serde(default)]
    pub jobs: BTreeMap<ServiceName, Job>,
    /// The databases that the platform keeps for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub managed: BTreeMap<ServiceName, ManagedDatabase>,
    /// What is said of volumes beside who mounts them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub volumes: BTreeMap<VolumeName, VolumeSpec>,
    /// The hosts that lead from outside to services.
    #[serde(default)]
    pub routes: Vec<PublicRoute>,
    /// What the language asks for and this target state cannot say.
    #[serde(default)]
    pub losses: Vec<crate::Loss>,
    /// Where each value came from. No part of any hash.
    #[serde(default)]
    pub origins: Origins,
}

impl Desired {
    /// The version of the stored form that this crate writes: 2 groups origins by file.
    pub const SCHEMA: u32 = 2;

    /// The empty target state: nothing runs.
    pub fn empty(environment: EnvironmentId) -> Self {
        Self {
            schema: Self::SCHEMA,
            environment,
            services: BTreeMap::new(),
            jobs: BTreeMap::new(),
            managed: BTreeMap::new(),
            volumes: BTreeMap::new(),
            routes: Vec::new(),
            losses: Vec::new(),
            origins: Origins::default(),
        }
    }

    /// Every secret that some service or job needs, each with the paths that need it. Fields of managed services are
    /// secrets too.
    pub fn secrets(&self) -> BTreeMap<SecretName, Vec<String>> {
        let mut out: BTreeMap<SecretName, Vec<String>> = BTreeMap::new();
        let mut note = |path: String, template: &Template| {
            for name in template.secrets() {
                out.entry(name).or_default().push(path.clone());
            }
        };
        for (name, service) in &self.services {
            service.process.templates(&mut |at, t| note(format!("services.{name}.{at}"), t));
            for (i, file) in service.secrets.iter().enumerate() {
                note(format!("services.{name}.secrets.{i}"), &Template::secret(file.secret.clone()));
            }
        }
        for (name, job) in &self.jobs {
            job.process.templates(&mut |at, t| note(format!("services.{name}.{at}"), t));
        }
        out
    }

    /// What is lost of all that is said of volumes, for a backend that has one kind of them, without bounds.
    pub fn volume_losses(&self, why: &str) -> Vec<Loss> {
        let mut losses = Vec::new();
        for (name, spec) in &self.volumes {
            let said = [("size", spec.size.is_some()), ("class", spec.class.is_some())];
            for (key, _) in said.into_iter().filter(|(_, is_said)| *is_said) {
                losses.push(Loss::new(format!("volumes.{name}.{key}"), LossGrade::Ignored, why));
            }
        }
        losses
    }

    /// What is said of managed databases and left to the platform: Eve makes none.
    pub fn managed_losses(&self) -> impl Iterator<Item = Loss> {
        self.managed.keys().map(|name| {
            let url =
                ManagedField::Url.secret(name).map(|secret| format!(", {secret} for its url")).unwrap_or_default();
            let why = format!("the platform keeps it, and puts what is to be known of it as secrets{url}");
            Loss::new(format!("services.{name}.managed"), LossGrade::Approximated, why)
        })
    }

    /// All files that services and jobs find in place, each with its path in the target state.
    pub fn files(&self) -> impl Iterator<Item = (String, &FileMount)> {
        let services = self.services.iter().map(|(name, service)| (name, &service.files));
        let all = services.chain(self.jobs.iter().map(|(name, job)| (name, &job.files)));
        all.flat_map(|(name, files)| {
            files.iter().enumerate().map(move |(i, file)| (format!("services.{name}.files.{i}"), file))
        })
    }

    /// The services in an order in which everything stands after what it depends on.
    ///
    /// # Errors
    /// `service.unknown` if a dependency does not exist, `service.cycle` if services wait for each
    /// other; the message names the circle.
    pub fn in_order(&self) -> Result<Vec<&ServiceName>> {
        let mut order = Vec::with_capacity(self.services.len());
        let mut done = BTreeSet::new();
        let mut open = BTreeSet::new();
        for first in self.services.keys() {
            // Services that wait for each other, each with what it still waits for.
            let mut path = Vec::new();
            let mut next = Some(first).filter(|first| !done.contains(first));
            loop {
                if let Some(name) = next {
                    if !open.insert(name) {
                        return Err(circle(path.iter().map(|(name, _)| *name), name));
                    }
                    path.push((name, self.needs(name)?));
                }
                let Some((name, needs)) = path.last_mut() else { break };
                next = needs.find(|needed| !done.contains(needed));
                if next.is_none() {
                    order.push(*name);
                    done.insert(*name);
                    path.pop();
                }
            }
        }
        Ok(order)
    }

    /// The services that one needs.
    fn needs(&self, name: &ServiceName) -> Result<impl Iterator<Item = &ServiceName>> {
        let unknown = || Error::invalid(codes::SERVICE_UNKNOWN, format!("no service is named {name}"));
        let service = self.services.get(name).ok_or_else(unknown)?;
        Ok(service.depends_on.keys().filter(|needed| !self.jobs.contains_key(*needed)))
    }
}

/// The error of services on a path, the last of which waits for one of them.
fn circle<'a>(path: impl Iterator<Item = &'a ServiceName>, again: &'a ServiceName) -> Error {
    let circle: Vec<_> = path.skip_while(|name| *name != again).chain([again]).map(ServiceName::as_str).collect();
    Error::invalid(codes::SERVICE_CYCLE, format!("services wait for each other: {}", circle.join(" -> ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, needs: &[&str]) -> (ServiceName, Service) {
        let mut service = Service::new(Source::Image(ImageRef::new("x").unwrap()));
        for need in needs {
            service.depends_on.insert(ServiceName::new(*need).unwrap(), Dependency::Healthy);
        }
        (ServiceName::new(name).unwrap(), service)
    }

    fn desired(services: impl IntoIterator<Item = (ServiceName, Service)>) -> Desired {
        let mut desired = Desired::empty(EnvironmentId::parse("a/b/c").unwrap());
        desired.services.extend(services);
        desired
    }

    #[test]
    fn services_stand_after_what_they_depend_on() {
        let desired = desired([named("a", &["c"]), named("b", &[]), named("c", &["b"])]);
        let order: Vec<_> = desired.in_order().unwrap().into_iter().map(ServiceName::as_str).collect();
        assert_eq!(order, ["b", "c", "a"]);
    }

    #[test]
    fn a_long_chain_has_an_order() {
        let names: Vec<String> = (0..20_000).map(|i| format!("s{i}")).collect();
        let chain = names.windows(2).map(|pair| named(&pair[0], &[&pair[1]]));
        let desired = desired(chain.chain([named(&names[19_999], &[])]));
        let order = desired.in_order().unwrap();
        assert_eq!((order.len(), order[0].as_str(), order[19_999].as_str()), (20_000, "s19999", "s0"));
    }

    #[test]
    fn a_circle_is_named() {
        let error = desired([named("a", &["b"]), named("b", &["a"])]).in_order().unwrap_err();
        assert_eq!(error.code(), &codes::SERVICE_CYCLE);
        assert!(error.to_string().contains("a -> b -> a"));
    }
}
