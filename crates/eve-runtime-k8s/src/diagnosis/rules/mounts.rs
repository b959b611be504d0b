//! Pods on their node that wait for their volumes.

use std::time::Duration;

use eve_core::{Evidence, Finding, codes};
use k8s_openapi::api::core::v1::Pod;

use super::config;
use super::sources;
use crate::diagnosis::container::Container;
use crate::diagnosis::happening::Happening;
use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, mentions, report};
use crate::diagnosis::scene::{Scene, name, place};

/// How long a volume may be late.
const GRACE: u64 = 60;
/// A report of a failure older than that, on a pod that waits on, is followed by another.
const RECENT: Duration = Duration::from_secs(300);

/// Why the volumes of a pod cannot be had.
pub(super) fn judge(scene: &Scene<'_>, pod: &Pod) -> Vec<Finding> {
    let waits = Container::all(pod).iter().any(|container| {
        let reason = container.waiting().and_then(|waiting| waiting.reason.as_deref());
        matches!(reason, Some("ContainerCreating" | "PodInitializing"))
    });
    if !waits {
        return Vec::new();
    }
    let told: Vec<_> = scene
        .happenings(pod)
        .iter()
        .filter(|told| matches!(told.reason(), "FailedMount" | "FailedAttachVolume" | "FailedMapVolume"))
        .filter(|told| scene.since(told.last()) < RECENT)
        .copied()
        .collect();
    let absent = absent_sources(scene, pod, &told);
    if !absent.is_empty() {
        return absent;
    }
    // "Unable to attach or mount volumes" sums up what another report says better.
    let best = told.iter().find(|told| !mentions(told.message(), &["unable to attach or mount"]));
    best.or(told.first()).map(|told| refused(pod, *told)).into_iter().collect()
}

/// Sources that the pod needs for its files and that are not there; all of them.
fn absent_sources(scene: &Scene<'_>, pod: &Pod, told: &[Happening<'_>]) -> Vec<Finding> {
    let since = instant(pod.status.as_ref().and_then(|status| status.start_time.as_ref()));
    let title = format!("pod {}", name(&pod.metadata));
    let make = |code, text: String| report(code, place(pod), text, since);
    let wanted = sources::of_volumes(pod);
    let needed = wanted.iter().filter(|source| !source.optional);
    let mut absent: Vec<_> = needed.filter_map(|source| source.lacking(scene)).collect();
    // Where nobody may look, the kubelet's own words tell.
    for source in told.iter().filter_map(|told| config::missing(told.message())) {
        let known =
            absent.iter().any(|one| one.kind == source.kind && (one.name == source.name || source.name.is_empty()));
        if !known {
            let by_key = source.key.is_some() && source.name.is_empty();
            let named = wanted.iter().find(|one| by_key && one.kind == source.kind && one.key == source.key);
            absent.push(named.cloned().unwrap_or(source));
        }
    }
    absent.sort();
    absent.dedup();
    absent
        .iter()
        .map(|source| {
            let finding =
                config::of_source(source, &title, make).with_evidence(Evidence::field("spec.volumes", source.title()));
            let about = told.iter().find(|told| told.message().contains(&source.name) || source.name.is_empty());
            match about {
                Some(told) => finding.with_evidence(told.evidence()),
                None => finding,
            }
        })
        .collect()
}

fn refused(pod: &Pod, told: Happening<'_>) -> Finding {
    let pod_name = name(&pod.metadata);
    let (since, message) = (told.first(), told.message());
    let finding = if told.reason() == "FailedAttachVolume" {
        let text = format!("a volume of pod {pod_name} cannot be attached to its node");
        let hint = if mentions(message, &["multi-attach"]) {
            "the volume is on another node and can be on one only: let the pod that holds it end first"
        } else {
            "look at the driver of the volume and at the node"
        };
        report(codes::VOLUME_ATTACH_FAILED, place(pod), text, since).of_platform().with_hint(hint)
    } else if mentions(message, &["hostpath type check failed"]) {
        let text = format!("a folder or file of the node that pod {pod_name} needs is not there");
        report(codes::HOST_PATH_MISSING, place(pod), text, since)
            .with_hint("make it on the node, or let it be made (type: DirectoryOrCreate)")
    } else {
        let text = format!("a volume of pod {pod_name} cannot be mounted: {}", message.trim_end());
        let finding = report(codes::VOLUME_MOUNT_FAILED, place(pod), text, since);
        if mentions(message, &["list of registered csi drivers"]) {
            finding.for_platform_to_change().with_hint("install the CSI driver on the node, or name another one")
        } else if mentions(message, &["subpath", "is not a directory", "wrong fs type"]) {
            finding.with_hint("check the volume's settings in the manifest")
        } else {
            finding
                .of_platform()
                .with_hint("look at the driver or server of the volume, and whether the node reaches it")
        }
    };
    finding.grace(GRACE).with_evidence(told.evidence())
}
