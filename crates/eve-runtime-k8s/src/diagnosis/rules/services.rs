//! Services, and the way from them to their pods.

use std::time::Duration;

use eve_core::{Evidence, Finding, Place, codes};
use k8s_openapi::api::core::v1::{Pod, PodSpec, Service, ServicePort};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::undeclared;
use crate::diagnosis::instant::instant;
use crate::diagnosis::kinship::{Kinship, Template, templates};
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, is_ready, name, phase, place};
use crate::diagnosis::selector;

/// How long a service may be there before its pods.
const GRACE: u64 = 30;
/// Pods that are not ready for so long, and nothing is known of them.
const UNEXPLAINED: Duration = Duration::from_secs(300);

/// What is wrong on the way from services to pods; `known` is what is wrong with the pods.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>, kin: &Kinship, known: &[Finding]) -> Vec<Finding> {
    scene.view.services.iter().filter_map(|service| judge(scene, kin, known, service)).collect()
}

fn judge(scene: &Scene<'_>, kin: &Kinship, known: &[Finding], service: &Service) -> Option<Finding> {
    let spec = service.spec.as_ref()?;
    if spec.type_.as_deref() == Some("ExternalName") || service.metadata.deletion_timestamp.is_some() {
        return None;
    }
    // Without a selector somebody else says where it leads.
    let wanted = spec.selector.as_ref().filter(|wanted| !wanted.is_empty())?;
    let pods: Vec<_> = scene
        .view
        .pods
        .iter()
        .filter(|pod| selector::holds(pod.metadata.labels.as_ref(), wanted))
        .filter(|pod| pod.metadata.deletion_timestamp.is_none() && !matches!(phase(pod), "Succeeded" | "Failed"))
        .collect();
    let makers: Vec<_> = templates(scene).into_iter().filter(|one| selector::holds(one.labels, wanted)).collect();
    let finding = if pods.is_empty() && makers.is_empty() && !scene.view.was_read("pods") {
        None
    } else if let Some(port) = unknown_port(spec.ports.as_deref().unwrap_or_default(), &pods, &makers) {
        Some(port_unknown(service, port, &pods, &makers))
    } else if pods.is_empty() && makers.is_empty() {
        let failed = scene.view.pods.iter().any(|pod| selector::holds(pod.metadata.labels.as_ref(), wanted));
        (!failed || explained(kin, known, service)).then(|| no_match(scene, service, wanted))
    } else {
        let specs: Vec<_> = pods.iter().filter_map(|pod| pod.spec.as_ref()).collect();
        none_ready(scene, kin, known, service, &pods, &makers).or_else(|| undeclared::judge(service, &specs))
    };
    finding.map(|finding| {
        finding
            .with_evidence(Evidence::field("spec.selector", selector::text(wanted)))
            .with_evidence(slices(scene, service))
    })
}

fn no_match(scene: &Scene<'_>, service: &Service, wanted: &std::collections::BTreeMap<String, String>) -> Finding {
    let since = instant(service.metadata.creation_timestamp.as_ref());
    let text =
        format!("no pod has the labels that service {} selects, {}", name(&service.metadata), selector::text(wanted));
    let finding = report(codes::SERVICE_NO_MATCH, place(service), text, since).grace(GRACE);
    // Whoever shares most of it was most likely meant.
    let shared = |one: &Template<'_>| {
        let labels = one.labels.into_iter().flatten();
        labels.filter(|(key, value)| wanted.get(*key) == Some(value) || wanted.contains_key(*key)).count()
            + usize::from(one.place.name == name(&service.metadata))
    };
    match templates(scene).into_iter().filter(|one| shared(one) > 0).max_by_key(shared) {
        Some(near) => {
            let labels = near.labels.map(selector::text).unwrap_or_default();
            finding
                .with_evidence(Evidence::field(
                    format!("labels of {} {}", near.place.kind, near.place.name),
                    labels.clone(),
                ))
                .with_hint(format!(
                    "the pods of {} {} are labelled {labels}: correct the selector or the labels",
                    near.place.kind, near.place.name
                ))
        }
        None => finding.with_hint("correct the selector, or make what it is to select"),
    }
}

/// A port that leads to a name which no container of any pod has, with the protocol.
fn unknown_port<'a>(ports: &'a [ServicePort], pods: &[&Pod], makers: &[Template<'_>]) -> Option<&'a ServicePort> {
    let of_pods = pods.iter().filter_map(|pod| pod.spec.as_ref());
    let specs: Vec<&PodSpec> =
        if pods.is_empty() { makers.iter().filter_map(|one| one.spec).collect() } else { of_pods.collect() };
    if specs.is_empty() {
        return None;
    }
    ports.iter().find(|port| {
        let Some(IntOrString::String(wanted)) = &port.target_port else { return false };
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        !specs.iter().any(|spec| named_ports(spec).any(|(name, of)| name == wanted && of == protocol))
    })
}

/// The named ports of a pod, with their protocols.
fn named_ports(spec: &PodSpec) -> impl Iterator<Item = (&str, &str)> {
    let all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    all.flat_map(|one| one.ports.iter().flatten())
        .filter_map(|port| Some((port.name.as_deref()?, port.protocol.as_deref().unwrap_or("TCP"))))
}

fn port_unknown(service: &Service, port: &ServicePort, pods: &[&Pod], makers: &[Template<'_>]) -> Finding {
    let wanted = match &port.target_port {
        Some(IntOrString::String(name)) => name.as_str(),
        _ => "",
    };
    let specs = pods.iter().filter_map(|pod| pod.spec.as_ref()).chain(makers.iter().filter_map(|one| one.spec));
    let mut have: Vec<_> =
        specs.flat_map(|spec| named_ports(spec).map(|(name, protocol)| format!("{name}/{protocol}"))).collect();
    have.sort();
    have.dedup();
    let have = if have.is_empty() { "none".to_owned() } else { have.join(", ") };
    let since = instant(service.metadata.creation_timestamp.as_ref());
    let text = format!(
        "port {} of service {} leads to port {wanted}/{}, which no container has",
        port.port,
        name(&service.metadata),
        port.protocol.as_deref().unwrap_or("TCP")
    );
    report(codes::SERVICE_PORT_UNKNOWN, place(service), text, since)
        .with_evidence(Evidence::field("spec.ports.targetPort", wanted))
        .with_evidence(Evidence::field("named ports of the pods", have.clone()))
        .with_hint(format!("name a port of the pods in targetPort ({have}), or its number"))
}

/// Pods match and none is ready: what is known of them says why, and they may only be starting.
fn none_ready(
    scene: &Scene<'_>,
    kin: &Kinship,
    known: &[Finding],
    service: &Service,
    pods: &[&Pod],
    makers: &[Template<'_>],
) -> Option<Finding> {
    let publishes = service.spec.as_ref().and_then(|spec| spec.publish_not_ready_addresses) == Some(true);
    let on_purpose = pods.is_empty() && makers.iter().all(|one| one.replicas == Some(0));
    if publishes || on_purpose || pods.iter().any(|pod| is_ready(pod)) {
        return None;
    }
    let youngest = pods.iter().map(|pod| instant(pod.metadata.creation_timestamp.as_ref())).max();
    let since = youngest.unwrap_or_else(|| instant(service.metadata.creation_timestamp.as_ref()));
    if !explained(kin, known, service) && scene.since(since) < UNEXPLAINED {
        return None;
    }
    let text = match pods.len() {
        0 => format!("service {} has no endpoint: there is no pod yet", name(&service.metadata)),
        count => {
            format!("service {} has no endpoint: of {count} pods that match none is ready", name(&service.metadata))
        }
    };
    Some(
        report(codes::SERVICE_NONE_READY, place(service), text, since)
            .grace(GRACE)
            .with_hint("look at its pods: as soon as one is ready the service leads to it"),
    )
}

/// True if something that fails is known of what the service leads to.
fn explained(kin: &Kinship, known: &[Finding], service: &Service) -> bool {
    let mut next = kin.relies_on(&place(service));
    let mut seen: Vec<Place> = Vec::new();
    while let Some(one) = next.pop() {
        if seen.contains(&one) {
            continue;
        }
        let fails = |finding: &&Finding| {
            finding.verdict.is_failure() && finding.subject.place.as_ref().is_some_and(|place| place.whole() == one)
        };
        if known.iter().any(|finding| fails(&finding)) {
            return true;
        }
        next.extend(kin.relies_on(&one));
        seen.push(one);
    }
    false
}

/// What the endpoint slices say.
fn slices(scene: &Scene<'_>, service: &Service) -> Evidence {
    let of = |slice: &&EndpointSlice| {
        let labels = slice.metadata.labels.as_ref();
        labels.and_then(|labels| labels.get("kubernetes.io/service-name")).map(String::as_str)
            == service.metadata.name.as_deref()
    };
    let (mut ready, mut all, mut ports) = (0, 0, 0);
    for slice in scene.view.endpoint_slices.iter().filter(of) {
        ports += slice.ports.as_ref().map_or(0, Vec::len);
        for endpoint in slice.endpoints.iter().flatten() {
            all += 1;
            // Nothing said means ready.
            ready += usize::from(endpoint.conditions.as_ref().and_then(|one| one.ready).unwrap_or(true));
        }
    }
    Evidence::field("endpointslices", format!("{ready} of {all} endpoints ready, {ports} ports"))
}
