//! What somebody expects to be there, and is not.

use eve_core::{Evidence, Finding, Place, codes};
use k8s_openapi::Metadata;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::diagnosis::Asked;
use crate::diagnosis::report::report;
use crate::diagnosis::scene::{Scene, name};

/// How many letters a mistyped name may differ by.
const TYPO: usize = 2;

/// What somebody expects to be there, and is not. Inside the cluster the name of an absent service
/// is not resolved.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    scene.view.asked.iter().filter_map(|asked| judge(scene, asked)).collect()
}

fn judge(scene: &Scene<'_>, asked: &Asked) -> Option<Finding> {
    let view = scene.view;
    let (what, names) = match asked.kind.as_str() {
        "Service" => ("services", names(&view.services)),
        "Deployment" => ("deployments", names(&view.deployments)),
        "StatefulSet" => ("statefulsets", names(&view.stateful_sets)),
        "DaemonSet" => ("daemonsets", names(&view.daemon_sets)),
        "Job" => ("jobs", names(&view.jobs)),
        "CronJob" => ("cronjobs", names(&view.cron_jobs)),
        "Pod" => ("pods", names(&view.pods)),
        _ => ("ingresses", names(&view.ingresses)),
    };
    if !view.was_read(what) || names.contains(&asked.name.as_str()) {
        return None;
    }
    let code = if asked.kind == "Service" { codes::SERVICE_MISSING } else { codes::WORKLOAD_MISSING };
    let kind = asked.kind.to_lowercase();
    let text = format!("{kind} {} is not in namespace {}", asked.name, view.namespace);
    let place = Place::new(asked.kind.clone(), asked.name.clone()).in_namespace(view.namespace.clone());
    let finding = report(code, place, text, view.at).with_evidence(Evidence::field(what, names.join(", ")));
    let near: Vec<_> = names.into_iter().filter(|one| strsim::levenshtein(one, &asked.name) <= TYPO).collect();
    Some(match near.as_slice() {
        [] => finding.with_hint(format!("make {kind} {}, or look for it in another namespace", asked.name)),
        near => finding.with_hint(format!("there is {}: correct the name", near.join(", "))),
    })
}

fn names<K: Metadata<Ty = ObjectMeta>>(list: &[K]) -> Vec<&str> {
    list.iter().map(|one| name(one.metadata())).collect()
}
