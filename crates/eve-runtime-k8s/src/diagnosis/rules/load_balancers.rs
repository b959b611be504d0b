//! Services that are to have an address outside the cluster, and have none.

use std::time::Duration;

use eve_core::{Evidence, Finding, codes};
use k8s_openapi::api::core::v1::Service;

use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, name, place};

/// Whoever gives addresses has said something by then.
const SILENT: Duration = Duration::from_secs(15);
/// How long giving one may take.
const GRACE: Duration = Duration::from_secs(180);
/// What is said by whoever fails to give one.
const FAILED: &[&str] =
    &["SyncLoadBalancerFailed", "CreatingLoadBalancerFailed", "UnAvailableLoadBalancer", "AllocationFailed"];

/// Services of type `LoadBalancer` that nobody gives an address.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    scene.view.services.iter().filter(|service| waits(service)).filter_map(|service| judge(scene, service)).collect()
}

fn waits(service: &Service) -> bool {
    let wants = service.spec.as_ref().is_some_and(|spec| spec.type_.as_deref() == Some("LoadBalancer"));
    let status = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    let has = status.and_then(|one| one.ingress.as_ref()).is_some_and(|addresses| !addresses.is_empty());
    wants && !has && service.metadata.deletion_timestamp.is_none()
}

fn judge(scene: &Scene<'_>, service: &Service) -> Option<Finding> {
    let since = instant(service.metadata.creation_timestamp.as_ref());
    let age = scene.since(since);
    let title = name(&service.metadata);
    let failed = scene.newest(service, FAILED);
    let told = failed.or_else(|| scene.happenings(service).first().copied());
    let finding = match (failed, told) {
        (Some(failed), _) => {
            let text = format!("service {title} gets no address outside the cluster: {}", failed.message());
            report(codes::SERVICE_NO_LOAD_BALANCER, place(service), text, failed.first())
                .of_platform()
                .with_hint("look at whoever gives load balancers their addresses: its quota, its rights, its pools")
        }
        (None, Some(_)) if age < GRACE => return None,
        (None, None) if age < SILENT => return None,
        _ => {
            let text = format!("service {title} has no address outside the cluster, and nobody says that one comes");
            report(codes::SERVICE_NO_LOAD_BALANCER, place(service), text, since).for_platform_to_change().with_hint(
                "install something that gives load balancers addresses, or use an Ingress or a Service of type NodePort",
            )
        }
    };
    let finding = finding
        .grace(GRACE.as_secs())
        .with_evidence(Evidence::field("spec.type", "LoadBalancer"))
        .with_evidence(Evidence::field("status.loadBalancer.ingress", "none"));
    Some(match told {
        Some(told) => finding.with_evidence(told.evidence()),
        None => finding,
    })
}
