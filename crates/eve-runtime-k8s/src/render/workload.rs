//! What runs a service's pods.

use eve_core::desired::{Restart, Service, Strategy};
use eve_core::{Addresses, Body, Bound, ObjectName, Result, ServiceName, naming, resolve_addresses};
use serde_json::{Value, json};

use super::files::Files;
use super::pod;
use super::rendered::Rendered;
use super::secrets::Secrets;
use super::volume::claim_name;
use crate::api::Kind;
use crate::config::{Ingress, K8sConfig};
use crate::{labels, name};

/// A service, and what runs it.
pub(super) struct Workload<'a> {
    pub(super) name: &'a ServiceName,
    pub(super) service: &'a Service,
    pub(super) kind: Kind,
    /// The object's name: of its own for each release, or the service's where one changes in place.
    pub(super) object: ObjectName,
    /// True if somebody who is no Service leads requests to it.
    pub(super) has_address: bool,
    pod: Value,
    revision: String,
    files: Files,
    secrets: Secrets,
}

/// Why old and new cannot run side by side.
pub(crate) fn must_stop_first(service: &Service) -> Option<&'static str> {
    if service.mounts.iter().any(|mount| mount.single_writer) {
        return Some("a volume may have only one writer");
    }
    (service.rollout.strategy == Some(Strategy::Recreate)).then_some("the manifest asks for it")
}

impl<'a> Workload<'a> {
    pub(super) fn new(
        config: &K8sConfig,
        want: &Bound,
        at: &dyn Addresses,
        name: &'a ServiceName,
        service: &'a Service,
    ) -> Result<Self> {
        let kind = kind(service);
        let variables = resolve_addresses(&service.process.environment, at)?;
        let files = Files::of(name, &want.placed(&service.files)?)?;
        let secrets = Secrets::of(name, &variables, &service.secrets, want)?;
        let image = pod::image(name, service, want)?;
        let pod = pod::spec(config, service, kind, &image, &variables, (&files, &secrets))?;
        // How many there are of a Job cannot be changed once it is made.
        let fixed = (kind == Kind::Job).then_some(service.replicas);
        let digest = Body::of(&(kind.word(), &pod, fixed))?.digest();
        let object = if rolls(service) {
            ObjectName::new(name::of_service(name))?
        } else {
            ObjectName::new(format!("{}-{}", naming::label_within(&name::of_service(name), 40), digest.short(8)))?
        };
        let is_public = want.desired.routes.iter().any(|route| route.service == *name);
        let has_address = config.address_every_release || (is_public && config.ingress == Ingress::Outside);
        let revision = digest.short(16);
        Ok(Self { name, service, kind, object, has_address, pod, revision, files, secrets })
    }

    /// The workload itself, and what its pods find in place.
    pub(super) fn into_objects(self, config: &K8sConfig, want: &Bound) -> Result<Vec<Rendered>> {
        let mut out = Vec::new();
        let mut workload =
            Rendered::new(config, want, self.kind, self.object.clone(), json!({ "spec": self.spec(config) }))
                .with_labels(labels::of_service(self.name))
                .with_need(Kind::ServiceAccount, ObjectName::new(super::environment::ACCOUNT)?);
        workload.service = Some(self.name.clone());
        if let Some(address) = super::service::release(&self)? {
            workload = workload.with_need(Kind::Service, address);
        }
        for mount in &self.service.mounts {
            workload = workload.with_need(Kind::Claim, claim_name(&mount.volume)?);
        }
        if let Some(name) = self.files.name {
            let mut map = Rendered::new(config, want, Kind::ConfigMap, name.clone(), json!({ "immutable": true }))
                .with_labels(labels::of_service(self.name))
                .immutable();
            map.content.files = self.files.blobs;
            out.push(map);
            workload = workload.with_need(Kind::ConfigMap, name);
        }
        if let Some(name) = self.secrets.name {
            let fields = json!({ "immutable": true, "type": "Opaque" });
            let mut secret = Rendered::new(config, want, Kind::Secret, name.clone(), fields)
                .with_labels(labels::of_service(self.name))
                .immutable();
            secret.content.secrets = self.secrets.templates;
            secret.content.versions = self.secrets.versions;
            out.push(secret);
            workload = workload.with_need(Kind::Secret, name);
        }
        if self.kind == Kind::Job {
            workload = workload.immutable();
        }
        out.push(workload);
        Ok(out)
    }

    fn spec(&self, config: &K8sConfig) -> Value {
        let selector = labels::pods_of(&config.owner, &self.object);
        let mut of_pods = labels::of_service(self.name);
        of_pods.extend(selector.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
        of_pods.insert(labels::REVISION.to_owned(), json!(self.revision));
        of_pods.insert("app.kubernetes.io/managed-by".to_owned(), json!("eve"));
        let template = json!({ "metadata": { "labels": of_pods }, "spec": self.pod });
        let replicas = self.service.replicas;
        match self.kind {
            Kind::Job => json!({
                "template": template,
                "completions": replicas,
                "parallelism": replicas,
                // One that fails takes none of the others with it.
                "completionMode": "Indexed",
                "backoffLimitPerIndex": if self.service.restart == Restart::Never { 0 } else { i32::MAX },
                "podReplacementPolicy": "Failed",
            }),
            Kind::StatefulSet => json!({
                "replicas": replicas,
                "selector": { "matchLabels": selector },
                "podManagementPolicy": "Parallel",
                "template": template,
            }),
            _ => json!({
                "replicas": replicas,
                "selector": { "matchLabels": selector },
                "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 0, "maxSurge": "25%" } },
                "revisionHistoryLimit": 1,
                "progressDeadlineSeconds": self.service.rollout.ready_within.as_secs().max(1),
                "template": template,
            }),
        }
    }
}

/// What comes to an end by itself and stays there is a Job; what only one may write to at a time is a StatefulSet:
/// of that, a second pod never starts before the first one is known to be gone.
fn kind(service: &Service) -> Kind {
    if service.restart != Restart::Always {
        Kind::Job
    } else if service.mounts.iter().any(|mount| mount.single_writer) {
        Kind::StatefulSet
    } else {
        Kind::Deployment
    }
}

/// True if pods are replaced one after the other, in one object.
fn rolls(service: &Service) -> bool {
    service.rollout.strategy == Some(Strategy::Rolling) && kind(service) == Kind::Deployment
}
