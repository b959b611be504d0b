//! Objects that were to be gone and are held.

use std::time::Duration;

use eve_core::{Evidence, Finding, codes};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{Metadata, Resource};

use crate::diagnosis::instant::instant;
use crate::diagnosis::kinship::claimed;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, name, phase, place};

/// How long whoever holds an object may take to let it go.
const GRACE: Duration = Duration::from_secs(30);
/// The cluster holds an object by these until what it owns is gone: what it owns tells.
const OWN: &[&str] = &["foregroundDeletion", "orphan"];

/// Objects other than pods that were to be gone and are held.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let view = scene.view;
    let mut found = Vec::new();
    macro_rules! look {
        ($($list:ident),*) => {
            $(found.extend(view.$list.iter().filter_map(|one| judge(scene, one)));)*
        };
    }
    look!(deployments, replica_sets, stateful_sets, daemon_sets, jobs, cron_jobs, services, ingresses, claims);
    found
}

fn judge<K>(scene: &Scene<'_>, object: &K) -> Option<Finding>
where
    K: Resource + Metadata<Ty = ObjectMeta>,
{
    let meta = object.metadata();
    let deleted = instant(Some(meta.deletion_timestamp.as_ref()?));
    let held: Vec<_> = meta.finalizers.iter().flatten().map(String::as_str).filter(|one| !OWN.contains(one)).collect();
    if held.is_empty() || scene.since(deleted) < GRACE {
        return None;
    }
    let title = format!("{} {}", K::KIND, name(meta));
    let users = if K::KIND == "PersistentVolumeClaim" { users(scene, name(meta)) } else { Vec::new() };
    let make = |text: String| {
        report(codes::OBJECT_STUCK_TERMINATING, place(object), text, deleted)
            .for_platform_to_change()
            .with_evidence(Evidence::field("metadata.deletionTimestamp", deleted.to_string()))
            .with_evidence(Evidence::field("metadata.finalizers", held.join(", ")))
    };
    if held == ["kubernetes.io/pvc-protection"] && !users.is_empty() {
        let text = format!("{title} is to be gone, and is held while pods use it: {}", users.join(", "));
        return Some(make(text).wait().with_hint("it goes when these pods do; nothing is lost before"));
    }
    Some(
        make(format!("{title} was to be gone and is still there: finalizers hold it: {}", held.join(", ")))
            .grace(GRACE.as_secs())
            .with_hint("look for the controller that is to remove the finalizer"),
    )
}

/// The pods that use a claim.
fn users<'a>(scene: &Scene<'a>, claim: &str) -> Vec<&'a str> {
    let live = scene.view.pods.iter().filter(|pod| !matches!(phase(pod), "Succeeded" | "Failed"));
    live.filter(|pod| claimed(pod).any(|one| one == claim)).map(|pod| name(&pod.metadata)).collect()
}
