//! Under which addresses pods are found.

use eve_core::desired::{Port, Protocol};
use eve_core::plan::wanted_routes;
use eve_core::{Bound, ObjectName, Result};
use serde_json::{Value, json};

use super::pod::protocol;
use super::rendered::Rendered;
use super::workload::Workload;
use crate::api::Kind;
use crate::config::K8sConfig;
use crate::routes::{SPEC, noted};
use crate::{labels, name};

/// The label of a Service that leads to one release alone, for as long as it is there.
pub(crate) const RELEASE: &str = "eve.release-address";

/// The Services of a service: under its plain name, and for the release alone where somebody outside leads requests to
/// it. Where the first one leads is for routes to say, under a manager of their own; what route it is stands on it.
pub(super) fn services(config: &K8sConfig, want: &Bound, workload: &Workload<'_>) -> Result<Vec<Rendered>> {
    let (service, ports) = (workload.name, &workload.service.ports);
    if ports.is_empty() {
        return Ok(Vec::new());
    }
    let of = |name: ObjectName, selector: Option<Value>| {
        let mut spec = json!({ "ports": ports.iter().map(port).collect::<Vec<_>>() });
        if let Some(selector) = selector {
            spec["selector"] = selector;
        }
        Rendered::new(config, want, Kind::Service, name, json!({ "spec": spec }))
            .with_labels(labels::of_service(service))
    };
    let route =
        wanted_routes(&want.desired).into_iter().find(|route| !route.id.is_public() && route.service == *service);
    let plain = of(ObjectName::new(name::of_service(service))?, None);
    let mut out = vec![match route {
        Some(route) => plain.with_annotations([(SPEC.to_owned(), json!(noted(&route)?))]),
        None => plain,
    }];
    if let Some(name) = release(workload)? {
        let release = of(name, Some(labels::pods_of(&config.owner, &workload.object)));
        out.push(release.with_labels([(RELEASE.to_owned(), json!(workload.object))]));
    }
    Ok(out)
}

/// The name of the Service that leads to a release alone; none where nothing listens, or nobody asks for it.
pub(super) fn release(workload: &Workload<'_>) -> Result<Option<ObjectName>> {
    if !workload.has_address || workload.service.ports.iter().all(|port| port.protocol != Protocol::Tcp) {
        return Ok(None);
    }
    let what = format!("at-{}", eve_core::Digest::of(workload.object.as_str()).short(8));
    name::beside(workload.name, &what).map(Some)
}

fn port(port: &Port) -> Value {
    let transport = protocol(port.protocol);
    let name = format!("{}-{}", transport.to_lowercase(), port.number);
    json!({ "name": name, "port": port.number, "targetPort": port.number, "protocol": transport })
}
