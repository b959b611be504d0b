//! Ways from outside, where the cluster itself leads requests in: one object for each route.

use std::collections::BTreeMap;

use eve_core::{Digest, HostName, RouteId, RouteSpec};
use serde_json::{Value, json};

use crate::api::Kind;
use crate::config::{GatewayRef, IngressClass, Tls};

/// The name of a public route's objects.
pub(super) fn name(id: &RouteId) -> String {
    format!("route-{}", Digest::of(id.to_string()).short(16))
}

/// The spec of an Ingress that leads to a Service.
pub(super) fn ingress(class: &IngressClass, (host, path): (&HostName, &str), route: &RouteSpec, to: &str) -> Value {
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

/// The annotations of an Ingress.
pub(super) fn annotations(class: &IngressClass) -> BTreeMap<String, Value> {
    match &class.tls {
        Some(Tls::Issuer(issuer)) => BTreeMap::from([("cert-manager.io/cluster-issuer".to_owned(), json!(issuer))]),
        _ => BTreeMap::new(),
    }
}

/// The spec of an HTTPRoute that leads to a Service.
pub(super) fn http_route(gateway: &GatewayRef, (host, path): (&HostName, &str), route: &RouteSpec, to: &str) -> Value {
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
    labels: Value,
    annotations: Value,
    spec: Value,
) -> Value {
    json!({
        "apiVersion": kind.api_version(),
        "kind": kind.names().2,
        "metadata": { "name": name, "namespace": namespace, "labels": labels, "annotations": annotations },
        "spec": spec,
    })
}
