//! Services that lead to a port which their pods do not declare.

use eve_core::{Evidence, Finding, codes};
use k8s_openapi::api::core::v1::{PodSpec, Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{name, place};

/// A number that no pod declares, though all of them declare some. Declaring is not listening, so
/// that this is a candidate and no more: only a connection could tell.
pub(super) fn judge(service: &Service, specs: &[&PodSpec]) -> Option<Finding> {
    let ports = service.spec.as_ref()?.ports.as_ref()?;
    let declares = |spec: &&PodSpec| declared(spec).next().is_some();
    if specs.is_empty() || !specs.iter().all(declares) {
        return None;
    }
    let (port, number) = ports.iter().find_map(|port| {
        let number = target(port)?;
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        let known = specs.iter().any(|spec| declared(spec).any(|(one, of)| one == number && of == protocol));
        (!known).then_some((port, number))
    })?;
    let mut have: Vec<_> =
        specs.iter().flat_map(|spec| declared(spec)).map(|(one, of)| format!("{one}/{of}")).collect();
    have.sort();
    have.dedup();
    let have = have.join(", ");
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    let text = format!(
        "port {} of service {} leads to {number}/{protocol}, which its pods do not declare: most likely nobody listens there",
        port.port,
        name(&service.metadata)
    );
    let since = instant(service.metadata.creation_timestamp.as_ref());
    Some(
        report(codes::SERVICE_PORT_UNDECLARED, place(service), text, since)
            .wait()
            .with_evidence(Evidence::field("spec.ports.targetPort", number.to_string()))
            .with_evidence(Evidence::field("ports of the pods", have.clone()))
            .with_hint(format!("if nobody listens there, name the pods' port in targetPort ({have})")),
    )
}

fn target(port: &ServicePort) -> Option<i32> {
    match &port.target_port {
        None => Some(port.port),
        Some(IntOrString::Int(number)) => Some(*number),
        Some(IntOrString::String(_)) => None,
    }
}

fn declared(spec: &PodSpec) -> impl Iterator<Item = (i32, &str)> {
    let all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    all.flat_map(|one| one.ports.iter().flatten())
        .map(|port| (port.container_port, port.protocol.as_deref().unwrap_or("TCP")))
}
