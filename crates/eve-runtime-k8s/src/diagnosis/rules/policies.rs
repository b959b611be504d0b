//! Network policies that may keep a troubled pod from what it calls.

use eve_core::{Code, Evidence, Finding, codes};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, name, place};
use crate::diagnosis::selector;

/// What a caller shows that reaches nobody.
const OF_CALLERS: &[Code] = &[
    codes::WORKLOAD_INIT_HANGING,
    codes::WORKLOAD_INIT_FAILED,
    codes::WORKLOAD_CRASHED,
    codes::WORKLOAD_CRASH_LOOP,
    codes::ATTEMPT_FAILED,
    codes::PROBE_READINESS_FAILING,
    codes::PROBE_STARTUP_FAILING,
    codes::PROBE_LIVENESS_FAILING,
];

/// The port at which names are resolved.
const NAMES: i32 = 53;

/// Policies that may keep a troubled pod from what it calls, one finding a policy; `known` is what
/// is wrong with pods. They are candidates and no more: whether anybody enforces them is not known.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>, known: &[Finding]) -> Vec<Finding> {
    let troubled: Vec<_> = scene.view.pods.iter().filter(|pod| is_caller(pod, known)).collect();
    let mut found = Vec::new();
    for policy in &scene.view.network_policies {
        let mut reasons: Vec<_> = troubled.iter().filter_map(|pod| outwards(scene, policy, pod)).collect();
        reasons.extend(troubled.iter().flat_map(|pod| inwards(scene, policy, pod)));
        reasons.sort();
        reasons.dedup();
        found.extend(candidate(policy, &reasons));
    }
    found
}

fn is_caller(pod: &Pod, known: &[Finding]) -> bool {
    let own = place(pod);
    known.iter().any(|finding| {
        let about = finding.subject.place.as_ref().is_some_and(|place| place.whole() == own);
        about && finding.verdict.is_failure() && OF_CALLERS.contains(&finding.code)
    })
}

fn candidate(policy: &NetworkPolicy, reasons: &[String]) -> Option<Finding> {
    let first = reasons.first()?;
    let title = name(&policy.metadata);
    let text = format!("network policy {title} may be why: {first}");
    let since = instant(policy.metadata.creation_timestamp.as_ref());
    let finding = report(codes::NETWORK_POLICY_CANDIDATE, place(policy), text, since).wait();
    let finding =
        reasons.iter().fold(finding, |finding, reason| finding.with_evidence(Evidence::field("spec", reason.clone())));
    Some(finding.with_hint(
        "it is a candidate only, and counts where the cluster's network enforces policies: try the call from inside the pod, and allow it in the policy",
    ))
}

fn selects(policy: &NetworkPolicy, pod: &Pod, direction: &str) -> bool {
    let Some(spec) = &policy.spec else { return false };
    let named = spec.policy_types.iter().flatten().any(|one| one == direction);
    let implied = spec.policy_types.as_ref().is_none_or(Vec::is_empty)
        && (direction == "Ingress" || spec.egress.as_ref().is_some_and(|rules| !rules.is_empty()));
    let chosen = spec.pod_selector.as_ref().is_none_or(|wanted| selector::meets(wanted, pod.metadata.labels.as_ref()));
    (named || implied) && chosen
}

/// A pod that no policy lets out at all, or not to a name server.
fn outwards(scene: &Scene<'_>, policy: &NetworkPolicy, pod: &Pod) -> Option<String> {
    if !selects(policy, pod, "Egress") {
        return None;
    }
    let all = scene.view.network_policies.iter().filter(|one| selects(one, pod, "Egress"));
    let rules: Vec<_> = all.flat_map(|one| one.spec.iter().flat_map(|spec| spec.egress.iter().flatten())).collect();
    let title = name(&pod.metadata);
    if rules.is_empty() {
        return Some(format!("pod {title} may call nobody"));
    }
    let resolves = rules.iter().any(|rule| allows(rule.ports.as_deref(), NAMES));
    (!resolves).then(|| format!("pod {title} may not ask a name server: no rule for its way out allows port 53"))
}

/// Services whose pods no policy lets this pod reach.
fn inwards(scene: &Scene<'_>, policy: &NetworkPolicy, caller: &Pod) -> Vec<String> {
    let services = scene.view.services.iter().filter(|service| {
        let wanted = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else { return false };
        let of = |pod: &&Pod| selector::holds(pod.metadata.labels.as_ref(), wanted);
        // Whoever is behind the service itself does not call it.
        let mut behind = scene.view.pods.iter().filter(of).peekable();
        !of(&caller) && behind.peek().is_some() && behind.all(|pod| is_shut(scene, policy, pod, caller))
    });
    let title = name(&caller.metadata);
    services
        .map(|service| format!("pod {title} may not reach the pods of service {}", name(&service.metadata)))
        .collect()
}

/// True if this policy selects a pod and no policy lets the caller in.
fn is_shut(scene: &Scene<'_>, policy: &NetworkPolicy, pod: &Pod, caller: &Pod) -> bool {
    let all = scene.view.network_policies.iter().filter(|one| selects(one, pod, "Ingress"));
    let mut rules = all.flat_map(|one| one.spec.iter().flat_map(|spec| spec.ingress.iter().flatten()));
    let lets_in = rules.any(|rule| {
        rule.from.as_ref().is_none_or(Vec::is_empty)
            || rule.from.iter().flatten().any(|peer| is_peer(scene, peer, caller))
    });
    selects(policy, pod, "Ingress") && !lets_in
}

fn is_peer(scene: &Scene<'_>, peer: &NetworkPolicyPeer, pod: &Pod) -> bool {
    // An address may be the pod's.
    if peer.ip_block.is_some() {
        return true;
    }
    let space = scene.view.namespace_object.as_ref().and_then(|space| space.metadata.labels.as_ref());
    let of_space = peer.namespace_selector.as_ref().is_none_or(|wanted| selector::meets(wanted, space));
    let of_pod = peer.pod_selector.as_ref();
    of_space && of_pod.is_none_or(|wanted| selector::meets(wanted, pod.metadata.labels.as_ref()))
}

fn allows(ports: Option<&[NetworkPolicyPort]>, wanted: i32) -> bool {
    let Some(ports) = ports.filter(|ports| !ports.is_empty()) else { return true };
    ports.iter().any(|one| match (&one.port, one.end_port) {
        (None, _) => true,
        (Some(IntOrString::Int(from)), Some(to)) => (*from..=to).contains(&wanted),
        (Some(IntOrString::Int(port)), None) => *port == wanted,
        (Some(IntOrString::String(name)), _) => name.contains("dns"),
    })
}
