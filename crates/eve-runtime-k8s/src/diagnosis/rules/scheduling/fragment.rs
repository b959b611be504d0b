//! The scheduler's words, taken apart.

use eve_core::{Code, codes};

use crate::diagnosis::report::{between, mentions};

/// One reason why some nodes do not take a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fragment {
    /// For how many nodes it holds; 0 if it holds for the pod as a whole.
    pub(super) nodes: u32,
    pub(super) text: String,
    pub(super) cause: Cause,
}

/// What a reason means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    Insufficient(String),
    TooManyPods,
    Taint,
    Cordoned,
    NodeAffinity,
    PodAffinity,
    TopologySpread,
    HostPort,
    ClaimMissing(String),
    /// It is there, and somebody has asked for its end.
    ClaimGoing(String),
    VolumeUnbound,
    VolumePlace,
    DeviceClaim,
    NoNodes,
    /// Words that nobody has told us about.
    Other,
}

/// Spellings of several versions.
const MEANINGS: &[(&[&str], Cause)] = &[
    (&["too many pods"], Cause::TooManyPods),
    (&["taint"], Cause::Taint),
    (&["were unschedulable"], Cause::Cordoned),
    (&["topology spread"], Cause::TopologySpread),
    (&["pod affinity", "pod anti-affinity", "anti-affinity rules", "existing pods"], Cause::PodAffinity),
    (
        &[
            "persistentvolume's node affinity",
            "volume node affinity",
            "enough free storage",
            "non-existent pv",
            "no available volume zone",
            "exceed max volume count",
            "volume zone",
            "readwriteoncepod",
        ],
        Cause::VolumePlace,
    ),
    (
        &[
            "node affinity",
            "node selector",
            "node(s) didn't match",
            "affinity/selector",
            "didn't match the requested node name",
            "didn't satisfy plugin(s) [nodeaffinity",
        ],
        Cause::NodeAffinity,
    ),
    (&["free ports"], Cause::HostPort),
    (
        &[
            "unbound immediate persistentvolumeclaims",
            "persistent volumes to bind",
            "persistentvolumeclaim",
            "waiting for ephemeral volume controller",
            "bound persistentvolumeclaim",
        ],
        Cause::VolumeUnbound,
    ),
    (
        &["resourceclaim", "resource claim", "cannot allocate all claims", "allocate all claims", "deviceclass"],
        Cause::DeviceClaim,
    ),
    (&["no nodes available"], Cause::NoNodes),
];

impl Cause {
    fn of(text: &str) -> Self {
        if let Some(at) = text.find("Insufficient ") {
            let resource = text[at + "Insufficient ".len()..].split_whitespace().next().unwrap_or_default();
            return Self::Insufficient(resource.trim_end_matches(['.', ',']).to_owned());
        }
        if let Some(claim) = between(text, "persistentvolumeclaim \"", "\" not found") {
            return Self::ClaimMissing(claim.to_owned());
        }
        if let Some(claim) = between(text, "persistentvolumeclaim \"", "\" is being deleted") {
            return Self::ClaimGoing(claim.to_owned());
        }
        MEANINGS.iter().find(|(parts, _)| mentions(text, parts)).map_or(Self::Other, |(_, cause)| cause.clone())
    }

    pub(super) fn code(&self) -> Code {
        match self {
            Self::Insufficient(resource) => match resource.as_str() {
                "cpu" => codes::SCHEDULING_INSUFFICIENT_CPU,
                "memory" => codes::SCHEDULING_INSUFFICIENT_MEMORY,
                "ephemeral-storage" => codes::SCHEDULING_INSUFFICIENT_STORAGE,
                other if mentions(other, &["gpu", "nvidia.com/", "amd.com/", "mig-", "neuron", "tpu"]) => {
                    codes::SCHEDULING_INSUFFICIENT_GPU
                }
                _ => codes::SCHEDULING_INSUFFICIENT_RESOURCE,
            },
            Self::TooManyPods => codes::SCHEDULING_TOO_MANY_PODS,
            Self::Taint => codes::SCHEDULING_TAINT,
            Self::Cordoned => codes::SCHEDULING_CORDONED,
            Self::NodeAffinity => codes::SCHEDULING_NODE_AFFINITY,
            Self::PodAffinity => codes::SCHEDULING_POD_AFFINITY,
            Self::TopologySpread => codes::SCHEDULING_TOPOLOGY_SPREAD,
            Self::HostPort => codes::SCHEDULING_HOST_PORT,
            Self::ClaimMissing(_) => codes::VOLUME_CLAIM_MISSING,
            Self::ClaimGoing(_) | Self::VolumeUnbound => codes::SCHEDULING_VOLUME_UNBOUND,
            Self::VolumePlace => codes::SCHEDULING_VOLUME_PLACE,
            Self::DeviceClaim => codes::SCHEDULING_DEVICE_CLAIM,
            Self::NoNodes => codes::SCHEDULING_NO_NODES,
            Self::Other => codes::SCHEDULING_OTHER,
        }
    }
}

/// Takes "0/3 nodes are available: 2 Insufficient cpu, 1 node(s) …. preemption: …" apart. No
/// fragment is dropped.
pub(super) fn fragments(message: &str) -> Vec<Fragment> {
    let body = message.split_once("nodes are available:").map_or(message, |(_, body)| body);
    let body = body.split("preemption:").next().unwrap_or(body);
    let body = body.split("no new claims to deallocate").next().unwrap_or(body);
    let mut parts: Vec<String> = Vec::new();
    for part in body.trim().trim_end_matches(['.', ',', ' ']).split(", ") {
        // A taint's text may hold commas itself: a new fragment begins with how many nodes it is about.
        match parts.last_mut() {
            Some(last) if !part.starts_with(|c: char| c.is_ascii_digit()) => {
                last.push_str(", ");
                last.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts.iter().map(|part| fragment(part)).collect()
}

fn fragment(part: &str) -> Fragment {
    let part = part.trim().trim_end_matches('.');
    let (nodes, text) = match part.split_once(' ') {
        Some((count, text)) => match count.parse() {
            Ok(nodes) => (nodes, text),
            Err(_) => (0, part),
        },
        None => (0, part),
    };
    // The text about claims ends in a stray ". not found" even where the claim is there.
    let text = text.strip_suffix(". not found").unwrap_or(text);
    Fragment { nodes, text: text.to_owned(), cause: Cause::of(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn causes(message: &str) -> Vec<(u32, Cause)> {
        fragments(message).into_iter().map(|one| (one.nodes, one.cause)).collect()
    }

    #[test]
    fn a_message_is_taken_apart() {
        let insufficient = |what: &str| Cause::Insufficient(what.to_owned());
        assert_eq!(
            causes(
                "0/5 nodes are available: 1 node(s) had untolerated taint {a: b, c}, 2 Insufficient cpu, 2 Insufficient nvidia.com/gpu. preemption: 0/5 nodes are available: 5 No preemption victims found for incoming pod."
            ),
            [(1, Cause::Taint), (2, insufficient("cpu")), (2, insufficient("nvidia.com/gpu"))]
        );
        assert_eq!(
            causes(
                "0/1 nodes are available: 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
            ),
            [(1, Cause::Taint)]
        );
        assert_eq!(
            causes(r#"0/1 nodes are available: persistentvolumeclaim "data" not found. not found"#),
            [(0, Cause::ClaimMissing("data".to_owned()))]
        );
        assert_eq!(
            causes("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"),
            [(0, Cause::VolumeUnbound)]
        );
        assert_eq!(causes("no nodes available to schedule pods"), [(0, Cause::NoNodes)]);
    }

    #[test]
    fn spellings_of_several_versions_mean_the_same() {
        for (text, cause) in [
            ("1 node(s) didn't match Pod's node affinity/selector", Cause::NodeAffinity),
            ("1 node(s) didn't match node selector", Cause::NodeAffinity),
            ("1 node(s) didn't match pod anti-affinity rules", Cause::PodAffinity),
            ("1 node(s) didn't satisfy existing pods anti-affinity rules", Cause::PodAffinity),
            ("1 node(s) didn't match pod topology spread constraints", Cause::TopologySpread),
            ("1 node(s) didn't have free ports for the requested pod ports", Cause::HostPort),
            ("1 node(s) had taint {k: v}, that the pod didn't tolerate", Cause::Taint),
            ("1 node(s) were unschedulable", Cause::Cordoned),
            ("1 node(s) had volume node affinity conflict", Cause::VolumePlace),
            ("1 node(s) didn't match PersistentVolume's node affinity", Cause::VolumePlace),
            ("1 node(s) didn't find available persistent volumes to bind", Cause::VolumeUnbound),
            (
                "1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
                Cause::VolumePlace,
            ),
            (r#"persistentvolumeclaim "data" is being deleted"#, Cause::ClaimGoing("data".to_owned())),
            ("1 Too many pods", Cause::TooManyPods),
            ("1 words of a later version", Cause::Other),
        ] {
            let nodes = u32::from(text.starts_with('1'));
            assert_eq!(causes(&format!("0/1 nodes are available: {text}.")), [(nodes, cause)], "{text}");
        }
    }
}
