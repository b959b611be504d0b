//! Controllers that cannot make their pods.

use eve_core::{Finding, Place, Timestamp};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{Metadata, Resource};

use super::{jobs, refusals};
use crate::diagnosis::happening::Happening;
use crate::diagnosis::instant::instant;
use crate::diagnosis::report::Report;
use crate::diagnosis::scene::{Scene, controller, place};

/// Why controllers cannot make their pods. Only replica sets have a condition for it: the others
/// tell it by events alone.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for set in &scene.view.replica_sets {
        let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        let have = set.status.as_ref().map_or(0, |status| status.replicas);
        let subject = deployment_of(scene, set).unwrap_or_else(|| place(set));
        let conditions = set.status.iter().flat_map(|status| status.conditions.iter().flatten());
        let failure = conditions.into_iter().find(|one| one.type_ == "ReplicaFailure" && one.status == "True");
        let told = scene.newest(set, &["FailedCreate"]);
        let said =
            failure.map(|one| (one.message.clone().unwrap_or_default(), instant(one.last_transition_time.as_ref())));
        if wanted > have {
            found.extend(refused(scene, &subject, said.as_ref(), told));
        }
    }
    for set in &scene.view.stateful_sets {
        let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        let have = set.status.as_ref().map_or(0, |status| status.replicas);
        found.extend(by_event(scene, set, wanted > have));
    }
    for set in &scene.view.daemon_sets {
        let status = set.status.as_ref();
        let short = status.is_none_or(|one| {
            one.current_number_scheduled < one.desired_number_scheduled || one.desired_number_scheduled == 0
        });
        found.extend(by_event(scene, set, short));
    }
    for job in scene.view.jobs.iter().filter(|job| jobs::is_open(job)) {
        let status = job.status.as_ref();
        let count = |count: Option<i32>| count.unwrap_or(0);
        let have = status.map_or(0, |one| count(one.active) + count(one.succeeded) + count(one.failed));
        if have == 0 {
            found.extend(by_event(scene, job, true));
        } else {
            // It gets on, with fewer at a time.
            found.extend(by_event(scene, job, is_slowed(job)).map(Report::wait));
        }
    }
    found
}

/// True if a job has fewer pods than it could have at a time.
fn is_slowed(job: &Job) -> bool {
    let (Some(spec), Some(status)) = (&job.spec, &job.status) else { return false };
    let wide = spec.parallelism.unwrap_or(1);
    let left = spec.completions.map_or(wide, |all| all - status.succeeded.unwrap_or_default());
    status.active.unwrap_or_default() < wide.min(left)
}

fn by_event<K>(scene: &Scene<'_>, object: &K, is_short: bool) -> Option<Finding>
where
    K: Resource + Metadata<Ty = ObjectMeta>,
{
    let told = scene.newest(object, &["FailedCreate"])?;
    let made = scene.newest(object, &["SuccessfulCreate"]);
    let is_over = !is_short || made.is_some_and(|made| made.last() > told.last());
    if is_over { None } else { refused(scene, &place(object), None, Some(told)) }
}

fn refused(
    scene: &Scene<'_>,
    subject: &Place,
    said: Option<&(String, Timestamp)>,
    told: Option<Happening<'_>>,
) -> Option<Finding> {
    let (message, since) = match (said, told) {
        (Some((message, since)), _) => (message.as_str(), *since),
        (None, Some(told)) => (told.message(), told.first()),
        (None, None) => return None,
    };
    let finding = refusals::read(scene, subject, message, since);
    let finding = match said {
        Some((message, _)) => {
            finding.with_evidence(eve_core::Evidence::field("status.conditions[ReplicaFailure]", message.clone()))
        }
        None => finding,
    };
    Some(match told {
        Some(told) => finding.with_evidence(told.evidence()),
        None => finding,
    })
}

/// The deployment that a replica set is a revision of.
fn deployment_of(scene: &Scene<'_>, set: &k8s_openapi::api::apps::v1::ReplicaSet) -> Option<Place> {
    let owner = controller(&set.metadata).filter(|owner| owner.kind == "Deployment")?;
    let found = scene.view.deployments.iter().find(|one| one.metadata.uid.as_deref() == Some(&owner.uid));
    Some(found.map_or_else(
        || {
            let place = Place::new("Deployment", owner.name.clone()).with_uid(owner.uid.clone());
            place.in_namespace(scene.view.namespace.clone())
        },
        place,
    ))
}
