//! Who may talk to the pods of an environment.

use eve_core::desired::Service;
use eve_core::{Bound, ObjectName, Result, ServiceName};
use serde_json::json;

use super::rendered::Rendered;
use crate::api::Kind;
use crate::config::K8sConfig;
use crate::{labels, name};

/// The name of what closes a namespace.
const CLOSED: &str = "eve";

/// Lets in what comes from the namespace itself, and nothing else.
pub(super) fn closed(config: &K8sConfig, want: &Bound) -> Result<Option<Rendered>> {
    if !config.network_policy {
        return Ok(None);
    }
    let spec = json!({ "spec": {
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [{ "from": [{ "podSelector": {} }] }],
    }});
    Ok(Some(Rendered::new(config, want, Kind::NetworkPolicy, ObjectName::new(CLOSED)?, spec)))
}

/// Lets everybody reach the ports that public routes lead to: who leads requests there may be anywhere.
pub(super) fn allow(config: &K8sConfig, want: &Bound, out: &mut Vec<Rendered>) -> Result<()> {
    if !config.network_policy {
        return Ok(());
    }
    for (service, wanted) in &want.desired.services {
        let ports = routed_ports(want, service, wanted);
        if ports.is_empty() {
            continue;
        }
        let ports: Vec<_> = ports.into_iter().map(|port| json!({ "port": port, "protocol": "TCP" })).collect();
        let spec = json!({ "spec": {
            "podSelector": { "matchLabels": labels::of_service(service) },
            "policyTypes": ["Ingress"],
            "ingress": [{ "ports": ports }],
        }});
        let name = name::beside(service, "public")?;
        let rendered = Rendered::new(config, want, Kind::NetworkPolicy, name, spec);
        out.push(rendered.with_labels(labels::of_service(service)));
    }
    Ok(())
}

fn routed_ports(want: &Bound, service: &ServiceName, wanted: &Service) -> Vec<u16> {
    let declared = |port: &u16| wanted.ports.iter().any(|one| one.number == *port);
    let mut ports: Vec<u16> =
        want.desired.routes.iter().filter(|route| route.service == *service).map(|route| route.port).collect();
    ports.retain(declared);
    ports.sort_unstable();
    ports.dedup();
    ports
}
