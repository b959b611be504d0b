//! What was looked at, told as the engine of every backend understands it. Pure.

use std::collections::BTreeMap;

use eve_core::{
    Address, Exit, Incarnation, Object, ObjectId, ObjectName, ObjectState, Observed, Owner, Result, ServiceName,
};
use k8s_openapi::api::core::v1::Pod;
use kube::api::DynamicObject;
use serde_json::Value;

use super::facts::{Attempts, Facts};
use super::kept::Kept;
use super::look::{Found, Look};
use super::pods;
use crate::api::Kind;
use crate::config::{Ingress, IngressClass, K8sConfig, Tls};
use crate::labels::{self, Mark};
use crate::render::RELEASE;
use crate::routes::SPEC;
use crate::runner::ATTEMPT;

/// What every namespace has, whoever made it.
const GIVEN: [(Kind, &str); 3] =
    [(Kind::ConfigMap, "kube-root-ca.crt"), (Kind::ConfigMap, "istio-ca-root-cert"), (Kind::ServiceAccount, "default")];

/// Everything of an environment, as the engine understands it.
pub(super) fn told(config: &K8sConfig, look: &Look) -> Observed {
    let mut seen = Observed::empty(look.environment.clone());
    seen.objects.extend(own_kinds(config, look).filter_map(|(kind, found)| as_object(config, look, kind, found)));
    seen.objects.extend(look.of(Kind::Pod).filter_map(lonely_pod));
    // All that is in a namespace goes with it.
    let is_ending = |object: &Object| object.id.kind == Kind::Namespace.word() && object.state == ObjectState::Stopping;
    if seen.ours().any(is_ending) {
        seen.objects.iter_mut().for_each(|object| object.state = ObjectState::Stopping);
    }
    seen.objects.sort_by(|a, b| a.id.cmp(&b.id));
    seen
}

/// What only planning needs to know beside that.
pub(super) fn put_facts(config: &K8sConfig, look: &Look, seen: &mut Observed) -> Result<()> {
    let (mut facts, mut kept) = (Facts::default(), Kept::default());
    let managers = [config.runtime_manager(), config.routes_manager()];
    for (kind, found) in own_kinds(config, look) {
        let id = found.metadata.name.clone().and_then(|name| ObjectName::new(name).ok());
        let Some(id) = id.map(|name| ObjectId::new(kind.word(), name)) else { continue };
        if seen.object(&id).is_some_and(|object| object.owner == Owner::Eve) {
            facts.note(&id, found, &managers);
            kept.note(&id, found, &managers[0]);
        }
    }
    facts.put(seen)?;
    kept.put(seen)?;
    Attempts::running(config, look).put(seen)
}

/// The objects of the kinds that Eve makes, but for what is somebody else's business.
fn own_kinds<'a>(config: &'a K8sConfig, look: &'a Look) -> impl Iterator<Item = (Kind, &'a Found)> {
    let all = look.objects.iter().map(|((kind, name), found)| (*kind, name, &**found));
    let own = all.filter(|(kind, name, found)| {
        Kind::MADE.contains(kind) && !is_given(config, *kind, name) && !is_attempt(found) && !is_route(config, found)
    });
    own.map(|(kind, _, found)| (kind, found))
}

/// The names of the attempts that run, as their Jobs have them.
pub(super) fn running_attempts<'a>(config: &K8sConfig, look: &'a Look) -> impl Iterator<Item = &'a str> {
    let is_ours = |job: &&DynamicObject| {
        labels::text(job.metadata.labels.as_ref(), labels::OWNER) == Some(config.owner.as_str()) && is_attempt(job)
    };
    // What was never let go runs nothing.
    let runs = |job: &&DynamicObject| !is_over(job) && job.data["spec"]["suspend"] != true;
    look.of(Kind::Job).filter(is_ours).filter(runs).filter_map(|job| job.metadata.name.as_deref())
}

/// What every namespace has, and what somebody was asked to put there.
pub(super) fn is_given(config: &K8sConfig, kind: Kind, name: &str) -> bool {
    let is_pull_secret = config.pull_secret.as_ref().is_some_and(|secret| secret.as_str() == name);
    let is_certificate = match &config.ingress {
        Ingress::Class(IngressClass { tls: Some(Tls::Wildcard(secret)), .. }) => secret.as_str() == name,
        Ingress::Class(IngressClass { tls: Some(Tls::Issuer(_)), .. }) => name.starts_with("tls-"),
        _ => false,
    };
    GIVEN.contains(&(kind, name)) || (kind == Kind::Secret && (is_pull_secret || is_certificate))
}

/// A Service that is a public route: that is the routes' own.
fn is_route(config: &K8sConfig, object: &DynamicObject) -> bool {
    let meta = &object.metadata;
    labels::text(meta.labels.as_ref(), labels::OWNER) == Some(config.owner.as_str())
        && labels::text(meta.annotations.as_ref(), labels::HASH).is_none()
        && labels::text(meta.annotations.as_ref(), SPEC).is_some()
}

fn is_attempt(object: &DynamicObject) -> bool {
    object.metadata.labels.as_ref().is_some_and(|labels| labels.contains_key(ATTEMPT))
}

/// A pod that nobody looks after: somebody's own, in a namespace of ours.
fn lonely_pod(pod: &DynamicObject) -> Option<Object> {
    let has_owner = pod.metadata.owner_references.as_ref().is_some_and(|owners| !owners.is_empty());
    (!has_owner && !is_attempt(pod)).then(|| stranger(Kind::Pod, pod)).flatten()
}

fn stranger(kind: Kind, object: &DynamicObject) -> Option<Object> {
    let mut out = bare(kind, object)?;
    out.owner = Owner::Stranger;
    out.hash = None;
    Some(out)
}

fn bare(kind: Kind, object: &DynamicObject) -> Option<Object> {
    let meta = &object.metadata;
    let id = ObjectId::new(kind.word(), ObjectName::new(meta.name.clone()?).ok()?);
    let state = if meta.deletion_timestamp.is_some() { ObjectState::Stopping } else { ObjectState::Present };
    let mut out = Object::new(id, Incarnation::new(meta.uid.clone()?), eve_core::Digest::of(""), state);
    out.version = version(object);
    Some(out)
}

/// The version of an object: they grow with every change in the whole cluster.
pub(crate) fn version(object: &DynamicObject) -> u64 {
    object.metadata.resource_version.as_ref().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// An object of the cluster, as the engine understands it.
pub(crate) fn as_object(config: &K8sConfig, look: &Look, kind: Kind, found: &DynamicObject) -> Option<Object> {
    let Some(mark) = Mark::read(&config.owner, &look.environment, &found.metadata) else {
        return stranger(kind, found);
    };
    let mut object = bare(kind, found)?;
    object.hash = Some(mark.hash);
    if kind.is_workload() {
        let pods = pods::of_object(look, object.id.name.as_str());
        object.service = service_of(found);
        if object.state == ObjectState::Present {
            object.state = state(kind, found, &pods);
        }
        object.addresses = addresses(look, found, object.id.name.as_str());
    }
    Some(object)
}

/// The service, by its own name: that in labels may be another one.
fn service_of(found: &DynamicObject) -> Option<ServiceName> {
    let annotation = labels::text(found.metadata.annotations.as_ref(), labels::SERVICE)?;
    ServiceName::new(annotation).ok()
}

fn state(kind: Kind, found: &DynamicObject, pods: &[&Pod]) -> ObjectState {
    let number = |path: &str| found.data.pointer(path).and_then(Value::as_i64);
    let wanted = number(if kind == Kind::Job { "/spec/parallelism" } else { "/spec/replicas" }).unwrap_or(1);
    let of_revision: Vec<&Pod> = pods.iter().copied().filter(|pod| pods::revision(pod) == revision(found)).collect();
    // Its pods may be gone, with the node that they were on.
    if kind == Kind::Job && of_revision.is_empty() && is_over(found) {
        return ObjectState::Ended { exit: Exit::Lost };
    }
    if kind == Kind::Job && !of_revision.is_empty() && of_revision.iter().all(|pod| pods::has_ended(pod)) {
        let exits = of_revision.iter().filter_map(|pod| pods::last_end(pod)).map(pods::exit);
        // The worst of them tells.
        return ObjectState::Ended { exit: exits.min_by_key(|exit| exit.is_success()).unwrap_or(Exit::Lost) };
    }
    let is_seen = match kind {
        Kind::Job => true,
        _ => number("/status/observedGeneration") >= found.metadata.generation,
    };
    let ready = of_revision.iter().filter(|pod| pods::is_ready(pod)).count();
    // What a rolling update replaces answers until it is gone.
    let old = pods.iter().any(|pod| pods::revision(pod) != revision(found));
    if is_seen && !old && i64::try_from(ready).is_ok_and(|ready| ready >= wanted) {
        ObjectState::Ready
    } else if was_complete(found) || (kind == Kind::StatefulSet && of_revision.iter().any(|pod| pods::was_ready(pod))) {
        // A StatefulSet does not tell what it once was.
        ObjectState::NotReady
    } else {
        ObjectState::Starting
    }
}

/// True for a Job that is over.
pub(crate) fn is_over(job: &DynamicObject) -> bool {
    let conditions = job.data.pointer("/status/conditions").and_then(Value::as_array);
    let is_end = |one: &Value| (one["type"] == "Complete" || one["type"] == "Failed") && one["status"] == "True";
    conditions.into_iter().flatten().any(is_end)
}

/// What the pods of an object are to be made from.
pub(super) fn revision(found: &DynamicObject) -> Option<&str> {
    found.data.pointer("/spec/template/metadata/labels")?.get(labels::REVISION)?.as_str()
}

/// True if the object's present generation was complete once, and it says so.
pub(super) fn was_complete(found: &DynamicObject) -> bool {
    let conditions = found.data.pointer("/status/conditions").and_then(Value::as_array);
    conditions
        .into_iter()
        .flatten()
        .any(|one| one["type"] == "Progressing" && one["status"] == "True" && one["reason"] == "NewReplicaSetAvailable")
}

/// Where a release alone can be reached, for as long as it is there: by a Service of its own where somebody outside asks
/// for it, else by its name, which means something to the cluster's own routes alone.
fn addresses(look: &Look, found: &DynamicObject, object: &str) -> BTreeMap<u16, Address> {
    let leads_here = |service: &&DynamicObject| labels::text(service.metadata.labels.as_ref(), RELEASE) == Some(object);
    let (at, host) = match look.of(Kind::Service).find(leads_here) {
        Some(service) => (ports(service, "/spec/ports", "port"), service.data.pointer("/spec/clusterIP")),
        None => (ports(found, "/spec/template/spec/containers/0/ports", "containerPort"), None),
    };
    let host = host.and_then(Value::as_str).unwrap_or(object);
    at.map(|port| (port, Address::new(host, port))).collect()
}

/// The TCP ports in a list of an object.
fn ports<'a>(object: &'a DynamicObject, list: &str, key: &'a str) -> impl Iterator<Item = u16> + use<'a> {
    let all = object.data.pointer(list).and_then(Value::as_array);
    let tcp = all.into_iter().flatten().filter(|port| port["protocol"] == "TCP");
    tcp.filter_map(move |port| u16::try_from(port[key].as_u64()?).ok())
}
