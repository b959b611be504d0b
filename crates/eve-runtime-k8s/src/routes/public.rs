//! Ways from outside, where the cluster itself leads requests in: one object for each route.

use std::collections::BTreeMap;

use eve_core::plan::RouteTable;
use eve_core::{Bound, Digest, EnvironmentId, HostName, RouteId, RouteSpec, naming};
use serde_json::{Value, json};

use crate::api::Kind;
use crate::config::{GatewayRef, Ingress, IngressClass, K8sConfig, Tls};
use crate::labels;

/// The name of a public route's objects.
pub(super) fn name(id: &RouteId) -> String {
    format!("route-{}", Digest::of(id.to_string()).short(16))
}

/// What stands before the Service of a public route; none where somebody outside leads requests in.
pub(super) fn before(config: &K8sConfig, environment: &EnvironmentId, route: &RouteSpec) -> Option<(Kind, Value)> {
    let RouteId::Public { host, path } = &route.id else { return None };
    let name = name(&route.id);
    let (kind, spec, mut annotations) = match &config.ingress {
        Ingress::Outside => return None,
        Ingress::Class(class) => (Kind::Ingress, ingress(class, (host, path), route, &name), issuer(class)),
        Ingress::Gateway(gateway) => {
            (Kind::HttpRoute, http_route(gateway, (host, path), route, &name), BTreeMap::new())
        }
    };
    annotations.insert(labels::ENVIRONMENT.to_owned(), json!(environment.to_string()));
    let own = marks(config, route);
    Some((kind, object(kind, (&naming::namespace(environment), &name), &own, &json!(annotations), &spec)))
}

/// The Service of a public route, without where it leads.
pub(super) fn service(config: &K8sConfig, environment: &EnvironmentId, route: &RouteSpec) -> Value {
    let ports = json!([{ "name": "tcp", "port": route.port, "targetPort": route.port, "protocol": "TCP" }]);
    let annotations = json!({ labels::ENVIRONMENT: environment.to_string() });
    let place = (&*naming::namespace(environment), &*name(&route.id));
    object(Kind::Service, place, &marks(config, route), &annotations, &json!({ "ports": ports }))
}

/// All objects of the public routes of a target state.
pub(crate) fn manifests(config: &K8sConfig, want: &Bound) -> Vec<Value> {
    let routes = RouteTable::new(&want.desired, Vec::new()).wanted.into_iter().filter(|route| route.id.is_public());
    routes
        .filter_map(|route| {
            let (_, before) = before(config, want.environment(), &route)?;
            Some([service(config, want.environment(), &route), before])
        })
        .flatten()
        .collect()
}

fn marks(config: &K8sConfig, route: &RouteSpec) -> Value {
    let mut own = json!(labels::of_service(&route.service));
    own[labels::OWNER] = json!(config.owner);
    own["app.kubernetes.io/managed-by"] = json!("eve");
    own
}

/// The spec of an Ingress that leads to a Service.
fn ingress(class: &IngressClass, (host, path): (&HostName, &str), route: &RouteSpec, to: &str) -> Value {
    let backend = json!({ "service": { "name": to, "port": { "number": route.port } } });
    let paths = json!([{ "path": path, "pathType": "Prefix", "backend": backend }]);
    let mut spec = json!({ "ingressClassName": class.class, "rules": [{ "host": host, "http": { "paths": paths } }] });
    let secret = match &class.tls {
        None => return spec,
        Some(Tls::Wildcard(secret)) => secret.to_string(),
        // All paths of a host share one.
        Some(Tls::Issuer(_)) => format!("tls-{}", Digest::of(host.as_str()).short(16)),
    };
    spec["tls"] = json!([{ "hosts": [host], "secretName": secret }]);
    spec
}

/// Who makes its certificate.
fn issuer(class: &IngressClass) -> BTreeMap<String, Value> {
    match &class.tls {
        Some(Tls::Issuer(issuer)) => BTreeMap::from([("cert-manager.io/cluster-issuer".to_owned(), json!(issuer))]),
        _ => BTreeMap::new(),
    }
}

/// The spec of an HTTPRoute that leads to a Service.
fn http_route(gateway: &GatewayRef, (host, path): (&HostName, &str), route: &RouteSpec, to: &str) -> Value {
    let mut parent = json!({ "namespace": gateway.namespace, "name": gateway.name });
    if let Some(listener) = &gateway.listener {
        parent["sectionName"] = json!(listener);
    }
    json!({
        "parentRefs": [parent],
        "hostnames": [host],
        "rules": [{
            "matches": [{ "path": { "type": "PathPrefix", "value": path } }],
            "backendRefs": [{ "name": to, "port": route.port }],
        }],
    })
}

/// An object of a route, as its manager applies it.
pub(super) fn object(
    kind: Kind,
    (namespace, name): (&str, &str),
    labels: &Value,
    annotations: &Value,
    spec: &Value,
) -> Value {
    json!({
        "apiVersion": kind.api_version(),
        "kind": kind.names().2,
        "metadata": { "name": name, "namespace": namespace, "labels": labels, "annotations": annotations },
        "spec": spec,
    })
}
