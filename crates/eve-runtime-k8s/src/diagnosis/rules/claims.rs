//! Claims of volumes.

mod volumes;

use std::time::Duration;

use eve_core::{Code, Evidence, Finding, codes};
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::StorageClass;

use crate::diagnosis::happening::Happening;
use crate::diagnosis::instant::instant;
use crate::diagnosis::kinship::claimed;
use crate::diagnosis::report::{Report, mentions, report};
use crate::diagnosis::scene::{Scene, condition, name, place};

/// How long a volume may be late.
const GRACE: u64 = 60;
/// A provisioner that says nothing for so long is suspected not to run.
const SILENT: Duration = Duration::from_secs(60);

/// What was read at once belongs together for a claim that is that old.
const SETTLED: Duration = Duration::from_secs(10);

/// What is wrong with claims of volumes.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let live = scene.view.claims.iter().filter(|claim| claim.metadata.deletion_timestamp.is_none());
    live.filter_map(|claim| judge(scene, claim)).collect()
}

fn judge(scene: &Scene<'_>, claim: &PersistentVolumeClaim) -> Option<Finding> {
    let status = claim.status.as_ref();
    match status.and_then(|status| status.phase.as_deref()).unwrap_or_default() {
        "Pending" => pending(scene, claim),
        "Lost" => Some(lost(scene, claim)),
        "Bound" if is_bereft(scene, claim) => Some(lost(scene, claim)),
        _ => resize(claim),
    }
}

fn pending(scene: &Scene<'_>, claim: &PersistentVolumeClaim) -> Option<Finding> {
    let since = instant(claim.metadata.creation_timestamp.as_ref());
    let title = name(&claim.metadata);
    let told = scene.newest(
        claim,
        &["FailedBinding", "ProvisioningFailed", "ExternalProvisioning", "WaitForFirstConsumer", "WaitForPodScheduled"],
    );
    let failed = scene.newest(claim, &["ProvisioningFailed", "FailedBinding"]);
    let make = |code, text: String| {
        let finding = report(code, place(claim), text, since).grace(GRACE);
        let finding = finding.with_evidence(Evidence::field("status.phase", "Pending"));
        match failed.or(told) {
            Some(told) => finding.with_evidence(told.evidence()),
            None => finding,
        }
    };
    let wanted = claim.spec.as_ref().and_then(|spec| spec.storage_class_name.as_deref());
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else {
        // An empty name asks for none, whatever the default is.
        let asks_for_none = wanted.is_some() && (failed.is_some() || scene.since(since) > SILENT);
        let by_hand = volumes::of_class(&scene.view.volumes, "");
        if wanted.is_some() && asks_for_none && !by_hand.is_empty() {
            return Some(unfit(claim, &by_hand, make).with_evidence(Evidence::field("spec.storageClassName", "\"\"")));
        }
        return (asks_for_none || (wanted.is_none() && no_class(scene, claim, failed.is_some()))).then(|| {
            let text = format!("volume claim {title} has no storage class, and no volume is there that fits it");
            make(codes::VOLUME_NO_CLASS, text)
                .with_evidence(Evidence::field(
                    "spec.storageClassName",
                    wanted.map_or("none, and no default", |_| "\"\""),
                ))
                .with_hint("name a storage class in the claim, mark one as the default, or make a volume that fits")
        });
    };
    let class = scene.view.storage_classes.iter().find(|class| name(&class.metadata) == wanted);
    let field = Evidence::field("spec.storageClassName", wanted);
    let by_hand = volumes::of_class(&scene.view.volumes, wanted);
    let is_mark = class.is_none() && !by_hand.is_empty();
    if is_mark || class.is_some_and(has_no_provisioner) {
        // Whoever is placed first chooses: a pod that was looked at and found none says that it is over.
        let over = failed.is_some() || is_missed(scene, claim) || scene.since(since) > SILENT;
        let waits = !is_mark && waits_for_a_pod(scene, claim, class) && !is_missed(scene, claim);
        return (over && !waits).then(|| unfit(claim, &by_hand, make).with_evidence(field));
    }
    let unknown = scene.view.was_read("storageclasses") && class.is_none();
    let said = failed.is_some_and(|told| {
        mentions(told.message(), &["storageclass.storage.k8s.io"]) && told.message().contains("not found")
    });
    if unknown || said {
        return Some(
            make(
                codes::VOLUME_CLASS_MISSING,
                format!("volume claim {title} names storage class {wanted}, which does not exist"),
            )
            .with_evidence(field)
            .with_hint("correct storageClassName, or make the class"),
        );
    }
    if let Some(failed) = failed.filter(|failed| failed.reason() == "ProvisioningFailed") {
        return Some(
            make(
                codes::VOLUME_PROVISIONING_FAILED,
                format!("no volume can be made for claim {title}: {}", failed.message()),
            )
            .with_evidence(field)
            .of_platform()
            .with_hint("look at the provisioner of the storage class"),
        );
    }
    if waits_for_a_pod(scene, claim, class) || scene.since(since) < SILENT {
        return None;
    }
    let by = class.map(|class| class.provisioner.as_str()).unwrap_or_default();
    Some(
        make(codes::VOLUME_PROVISIONING_FAILED, format!("no volume is made for claim {title}, and {by} says nothing"))
            .with_evidence(field)
            .of_platform()
            .with_hint("look whether the provisioner of the storage class runs"),
    )
}

/// No volume of those that were made by hand is the claim's: each says why.
fn unfit(
    claim: &PersistentVolumeClaim,
    by_hand: &[&PersistentVolume],
    make: impl Fn(Code, String) -> Finding,
) -> Finding {
    let misfits: Vec<_> = by_hand.iter().filter_map(|volume| volumes::misfit(volume, claim)).collect();
    let title = name(&claim.metadata);
    let why = if misfits.is_empty() { String::new() } else { format!(": {}", misfits.join("; ")) };
    let text = format!("no volume fits claim {title}, and none is made for its class{why}");
    let finding = make(codes::VOLUME_UNBOUND, text).for_platform_to_change();
    let by_name = claim.spec.as_ref().and_then(|spec| spec.volume_name.as_deref());
    let finding = match by_name {
        Some(wanted) => finding.with_evidence(Evidence::field("spec.volumeName", wanted)),
        None => finding,
    };
    misfits
        .into_iter()
        .fold(finding, |finding, misfit| finding.with_evidence(Evidence::field("persistentvolumes", misfit)))
        .with_hint("make a volume that fits it, ask for what one gives, or name a storage class that makes some")
}

/// True if the scheduler has looked for a volume for the claim's pod, and found none.
fn is_missed(scene: &Scene<'_>, claim: &PersistentVolumeClaim) -> bool {
    scene.view.pods.iter().filter(|pod| claimed(pod).any(|one| one == name(&claim.metadata))).any(|pod| {
        let says = condition(pod, "PodScheduled").and_then(|scheduled| scheduled.message.as_deref());
        says.is_some_and(|says| mentions(says, &["persistent volumes to bind"]))
    })
}

/// True if there is neither a class of the claim's own nor a default one.
fn no_class(scene: &Scene<'_>, claim: &PersistentVolumeClaim, failed: bool) -> bool {
    let has_default = scene.view.storage_classes.iter().any(|class| {
        let marks = class.metadata.annotations.as_ref();
        marks.is_some_and(|marks| {
            marks.get("storageclass.kubernetes.io/is-default-class").is_some_and(|is| is == "true")
        })
    });
    let named_of_old = claim.metadata.annotations.as_ref();
    let named_of_old = named_of_old.is_some_and(|marks| marks.contains_key("volume.beta.kubernetes.io/storage-class"));
    !named_of_old && (failed || (scene.view.was_read("storageclasses") && !has_default))
}

fn has_no_provisioner(class: &StorageClass) -> bool {
    class.provisioner == "kubernetes.io/no-provisioner"
}

/// A claim that waits for a pod to be placed is well: the pod tells what is wrong.
fn waits_for_a_pod(scene: &Scene<'_>, claim: &PersistentVolumeClaim, class: Option<&StorageClass>) -> bool {
    let is_late = class.is_some_and(|class| class.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"));
    let placed = scene.view.pods.iter().any(|pod| {
        pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some())
            && claimed(pod).any(|one| one == name(&claim.metadata))
    });
    is_late && !placed
}

/// True if the volume that a claim is bound to is not there: the cluster says so only later.
fn is_bereft(scene: &Scene<'_>, claim: &PersistentVolumeClaim) -> bool {
    let volume = claim.spec.as_ref().and_then(|spec| spec.volume_name.as_deref());
    let settled = scene.since(instant(claim.metadata.creation_timestamp.as_ref())) > SETTLED;
    let is_there = |volume: &str| scene.view.volumes.iter().any(|one| name(&one.metadata) == volume);
    settled && scene.view.was_read("persistentvolumes") && volume.is_some_and(|volume| !is_there(volume))
}

fn lost(scene: &Scene<'_>, claim: &PersistentVolumeClaim) -> Finding {
    let volume = claim.spec.as_ref().and_then(|spec| spec.volume_name.as_deref()).unwrap_or_default();
    let since = scene.newest(claim, &["ClaimLost", "ClaimMisbound"]).map(Happening::first);
    let since = since.unwrap_or_else(|| instant(claim.metadata.creation_timestamp.as_ref()));
    let text = format!("volume {volume} of claim {} is gone, and what was on it", name(&claim.metadata));
    report(codes::VOLUME_LOST, place(claim), text, since)
        .for_platform_to_change()
        .with_evidence(Evidence::field(
            "status.phase",
            claim.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default(),
        ))
        .with_evidence(Evidence::field("spec.volumeName", volume))
        .with_hint("restore the volume from a backup, or make the claim anew")
}

fn resize(claim: &PersistentVolumeClaim) -> Option<Finding> {
    let conditions = claim.status.as_ref()?.conditions.as_ref()?;
    let failed = conditions.iter().find(|condition| {
        matches!(condition.type_.as_str(), "ControllerResizeError" | "NodeResizeError" | "ModifyVolumeError")
            && condition.status == "True"
    })?;
    let text = format!("volume claim {} cannot be changed as asked", name(&claim.metadata));
    let message = failed.message.clone().unwrap_or_default();
    Some(
        report(codes::VOLUME_RESIZE_FAILED, place(claim), text, instant(failed.last_transition_time.as_ref()))
            .for_platform_to_change()
            .grace(GRACE)
            .with_evidence(Evidence::field(format!("status.conditions[{}]", failed.type_), message))
            .with_hint("look at the driver of the storage class"),
    )
}
