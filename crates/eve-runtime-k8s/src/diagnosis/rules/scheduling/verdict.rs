//! What the scheduler's words mean for a pod.

use std::time::Duration;

use eve_core::{Code, Evidence, Finding, codes};
use k8s_openapi::api::core::v1::{Pod, PodCondition};

use super::fragment::{Cause, Fragment, fragments};
use super::{affinity, capacity, taints};
use crate::diagnosis::instant::instant;
use crate::diagnosis::kinship::claimed;
use crate::diagnosis::report::{Report, mentions, report};
use crate::diagnosis::scene::{Scene, name, place};
use crate::diagnosis::selector;

/// How long a pod may find no node: somebody may add one.
const GRACE: u64 = 60;
/// How long a volume may take to be bound.
const BINDING: Duration = Duration::from_secs(30);

/// Why no node takes a pod: one finding for the cause, or one for each resource that is short.
pub(super) fn judge(scene: &Scene<'_>, pod: &Pod, scheduled: &PodCondition) -> Vec<Finding> {
    let message = scheduled.message.as_deref().unwrap_or_default();
    let reason = scheduled.reason.as_deref().unwrap_or_default();
    let all = fragments(message);
    let chosen = choose(scene, pod, &all);
    let since = instant(scheduled.last_transition_time.as_ref());
    let findings = chosen.iter().map(|fragment| {
        let finding = of_cause(scene, pod, fragment, since)
            .with_evidence(Evidence::field("status.conditions[PodScheduled].reason", reason))
            .with_evidence(Evidence::field("status.conditions[PodScheduled].message", message));
        by_scaler(scene, pod, finding)
    });
    findings.collect()
}

/// The fragments that are the cause; the others are in the evidence.
fn choose(scene: &Scene<'_>, pod: &Pod, all: &[Fragment]) -> Vec<Fragment> {
    if all.is_empty() {
        let text = "the scheduler says nothing".to_owned();
        return vec![Fragment { nodes: 0, text, cause: Cause::Other }];
    }
    // Of the resources that are short, those that no node could ever give say most.
    let short = |one: &Fragment| matches!(one.cause, Cause::Insufficient(_));
    let never: Vec<_> = all
        .iter()
        .filter(|one| match &one.cause {
            Cause::Insufficient(resource) => capacity::of(scene, pod, resource).never,
            _ => false,
        })
        .cloned()
        .collect();
    if !never.is_empty() {
        return never;
    }
    let open = bearing(scene, pod, all);
    let best = open.iter().max_by_key(|one| (one.nodes == 0, weight(&one.cause), one.nodes));
    match best {
        Some(best) if short(best) => {
            let same = open.iter().filter(|one| short(one) && one.nodes == best.nodes);
            same.copied().cloned().collect()
        }
        best => best.copied().cloned().into_iter().collect(),
    }
}

/// The fragments about nodes that the pod could run on at all, if there are such nodes.
fn bearing<'a>(scene: &Scene<'_>, pod: &Pod, all: &'a [Fragment]) -> Vec<&'a Fragment> {
    let wanted: Vec<_> = affinity::candidates(scene, pod).iter().map(|node| name(&node.metadata)).collect();
    let every: Vec<_> = all.iter().collect();
    if wanted.is_empty() {
        return every;
    }
    let fences = taints::fences(scene, pod);
    let all_kept_away = wanted.iter().all(|node| fences.iter().any(|fence| fence.node == *node));
    let bears = |one: &&Fragment| match one.cause {
        // Some nodes have what it asks for: it is what they say that counts.
        Cause::NodeAffinity => false,
        // Some of those nodes have no fence: it is what they say that counts.
        Cause::Taint => all_kept_away,
        _ => true,
    };
    let bearing: Vec<_> = all.iter().filter(bears).collect();
    if bearing.is_empty() { every } else { bearing }
}

/// What the manifest asks for says more than what the nodes lack.
fn weight(cause: &Cause) -> u8 {
    match cause {
        Cause::ClaimMissing(_) | Cause::ClaimGoing(_) | Cause::NoNodes => 9,
        Cause::NodeAffinity => 8,
        Cause::PodAffinity | Cause::TopologySpread | Cause::HostPort => 7,
        Cause::Insufficient(_) | Cause::DeviceClaim => 6,
        Cause::VolumePlace | Cause::VolumeUnbound => 5,
        Cause::TooManyPods => 4,
        Cause::Taint => 3,
        Cause::Cordoned => 2,
        Cause::Other => 1,
    }
}

fn of_cause(scene: &Scene<'_>, pod: &Pod, fragment: &Fragment, since: eve_core::Timestamp) -> Finding {
    let title = name(&pod.metadata);
    let make = |code: Code, why: String| {
        report(code, place(pod), format!("no node takes pod {title}: {why}"), since).grace(GRACE)
    };
    let plain = |why: &str| make(fragment.cause.code(), why.to_owned());
    match &fragment.cause {
        Cause::Insufficient(resource) => insufficient(scene, pod, resource, make),
        Cause::Taint => tainted(scene, pod, make),
        Cause::ClaimMissing(claim) => make(codes::VOLUME_CLAIM_MISSING, format!("volume claim {claim} does not exist"))
            .with_evidence(Evidence::field("spec.volumes.persistentVolumeClaim.claimName", claim.clone()))
            .with_hint(format!("make volume claim {claim} in this namespace, or correct its name")),
        Cause::ClaimGoing(claim) => plain(&format!("its volume claim {claim} is being deleted"))
            .with_evidence(Evidence::field("spec.volumes.persistentVolumeClaim.claimName", claim.clone()))
            .with_hint(format!("wait until claim {claim} is gone and make it anew, or use another one")),
        Cause::NodeAffinity => {
            let spec = pod.spec.as_ref();
            let wanted = spec.and_then(|spec| spec.node_selector.as_ref()).map(selector::text).unwrap_or_default();
            let finding = plain("no node has the labels that it asks for");
            let finding = if wanted.is_empty() {
                finding
            } else {
                finding.with_evidence(Evidence::field("spec.nodeSelector", wanted))
            };
            finding.with_hint("correct nodeSelector or the node affinity, or label a node")
        }
        Cause::PodAffinity => plain("its affinity to other pods, or theirs to it, leaves no node")
            .with_hint("loosen the pod (anti-)affinity, or add nodes"),
        Cause::TopologySpread => {
            plain("it cannot be spread as it asks for").with_hint("loosen topologySpreadConstraints, or add nodes")
        }
        Cause::HostPort => host_port(scene, pod, plain("the port of the node that it asks for is taken")),
        Cause::TooManyPods => plain("every node holds as many pods as it may")
            .of_platform()
            .with_hint("add nodes, or raise the kubelet's maxPods"),
        Cause::Cordoned => {
            plain("the nodes take no new pods at present").of_platform().with_hint("uncordon a node, or add one")
        }
        Cause::VolumeUnbound => {
            let finding = plain("a volume that it claims is not bound")
                .for_platform_to_change()
                .with_hint("look at its volume claims");
            // Volumes take a while to be made; what is wrong with a claim is told of the claim.
            if scene.since(since) < BINDING { finding.wait() } else { finding }
        }
        Cause::VolumePlace if mentions(&fragment.text, &["readwriteoncepod"]) => {
            let holders = others_with_claims(scene, pod);
            let finding = plain("its volume may be used by one pod at a time, and another one has it");
            holders
                .iter()
                .fold(finding, |finding, one| finding.with_evidence(Evidence::field("held by", format!("pod {one}"))))
                .with_hint("let the pod that has the volume end first, or use another access mode")
        }
        Cause::VolumePlace => plain("its volume is where it cannot run")
            .for_platform_to_change()
            .with_hint("let it run where its volume is, or make the volume anew"),
        Cause::DeviceClaim => plain("the devices that it claims cannot be had")
            .of_platform()
            .with_hint("look at its resource claims and the device driver"),
        Cause::NoNodes => plain("the cluster has no node").of_platform().with_hint("add a node"),
        Cause::Other => make(codes::SCHEDULING_OTHER, fragment.text.clone())
            .of_platform()
            .with_hint("the scheduler's words are in the evidence"),
    }
}

fn insufficient(scene: &Scene<'_>, pod: &Pod, resource: &str, make: impl Fn(Code, String) -> Finding) -> Finding {
    let capacity = capacity::of(scene, pod, resource);
    let code = Cause::Insufficient(resource.to_owned()).code();
    let asked = Evidence::field(format!("resources.requests.{resource}"), capacity.asked_text.clone());
    let found = match capacity.largest {
        Some((node, quantity)) if capacity.never => {
            make(code, format!("it asks for more {resource} than the largest node has, {} on {node}", quantity.0))
        }
        None if capacity.never => make(code, format!("it asks for {resource}, and no node has any")),
        _ => make(code, format!("it asks for more {resource} than any node has left")),
    };
    let found = match capacity.largest {
        Some((node, quantity)) => found
            .with_evidence(Evidence::field(format!("nodes[{node}].status.allocatable.{resource}"), quantity.0.clone())),
        None => found,
    };
    let found = if capacity.asked.is_zero() { found } else { found.with_evidence(asked) };
    if capacity.never {
        return found
            .with_verdict(eve_core::Verdict::Terminal)
            .for_platform_to_change()
            .with_hint(format!("ask for less {resource}, or add a node that has as much"));
    }
    found.of_platform().with_hint(format!("wait for others to end, ask for less {resource}, or add nodes"))
}

fn tainted(scene: &Scene<'_>, pod: &Pod, make: impl Fn(Code, String) -> Finding) -> Finding {
    let fences = taints::fences(scene, pod);
    let by_condition = !fences.is_empty() && fences.iter().all(taints::Fence::is_condition);
    let mut names: Vec<_> = fences.iter().map(taints::Fence::text).collect();
    names.sort();
    names.dedup();
    let names = if names.is_empty() { "a taint".to_owned() } else { names.join(", ") };
    let finding = if by_condition {
        let lost = fences
            .iter()
            .any(|fence| fence.taint.key.ends_with("/not-ready") || fence.taint.key.ends_with("/unreachable"));
        let cordoned = fences.iter().all(|fence| fence.taint.key.ends_with("/unschedulable"));
        let code = if cordoned {
            codes::SCHEDULING_CORDONED
        } else if lost {
            codes::NODE_LOST
        } else {
            codes::NODE_PRESSURE
        };
        make(code, format!("the nodes are not well: {names}")).of_platform().with_hint("look after the nodes")
    } else {
        make(codes::SCHEDULING_TAINT, format!("it does not tolerate {names}"))
            .with_hint("give the pod a toleration for the taint, or take the taint from a node")
    };
    fences.iter().fold(finding, |finding, fence| {
        finding.with_evidence(Evidence::field(format!("nodes[{}].spec.taints", fence.node), fence.text()))
    })
}

/// The pods on their nodes that use a claim that this one uses, too.
fn others_with_claims<'a>(scene: &Scene<'a>, pod: &Pod) -> Vec<&'a str> {
    let wanted: Vec<_> = claimed(pod).collect();
    let placed = scene.view.pods.iter().filter(|one| one.spec.as_ref().is_some_and(|spec| spec.node_name.is_some()));
    placed.filter(|one| claimed(one).any(|claim| wanted.contains(&claim))).map(|one| name(&one.metadata)).collect()
}

fn host_port(scene: &Scene<'_>, pod: &Pod, finding: Finding) -> Finding {
    let ports = |pod: &Pod| -> Vec<String> {
        let containers =
            pod.spec.iter().flat_map(|spec| spec.containers.iter().chain(spec.init_containers.iter().flatten()));
        let all = containers.flat_map(|one| one.ports.iter().flatten());
        all.filter_map(|port| Some(format!("{}/{}", port.host_port?, port.protocol.as_deref().unwrap_or("TCP"))))
            .collect()
    };
    let wanted = ports(pod);
    let holders = scene.view.pods.iter().filter(|other| {
        other.spec.as_ref().is_some_and(|spec| spec.node_name.is_some())
            && ports(other).iter().any(|port| wanted.contains(port))
    });
    let finding = wanted.iter().fold(finding, |finding, port| {
        finding.with_evidence(Evidence::field("spec.containers.ports.hostPort", port.clone()))
    });
    let finding = holders.fold(finding, |finding, other| {
        finding.with_evidence(Evidence::field("held by", format!("pod {}", name(&other.metadata))))
    });
    finding.with_hint("use a Service instead of a port of the node, choose another port, or run one pod a node")
}

/// Whoever adds nodes may have said whether one comes.
fn by_scaler(scene: &Scene<'_>, pod: &Pod, finding: Finding) -> Finding {
    let Some(told) = scene.newest(pod, &["TriggeredScaleUp", "NotTriggerScaleUp"]) else { return finding };
    let finding = finding.with_evidence(told.evidence());
    if told.reason() == "TriggeredScaleUp" { finding.wait() } else { finding.with_verdict(eve_core::Verdict::Terminal) }
}
