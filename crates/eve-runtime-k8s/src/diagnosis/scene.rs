//! What the rules look things up in.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use eve_core::{Place, Timestamp};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, PodCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use k8s_openapi::{Metadata, Resource};

use super::ClusterView;
use super::happening::Happening;
use super::instant::instant;

/// A view with what the rules look up in it.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) view: &'a ClusterView,
    /// By the uid of whom they are about, the newest first.
    happenings: BTreeMap<&'a str, Vec<Happening<'a>>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(view: &'a ClusterView) -> Self {
        let mut happenings: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for event in &view.events {
            let uid = event.involved_object.uid.as_deref().unwrap_or_default();
            happenings.entry(uid).or_default().push(Happening::new(event));
        }
        for list in happenings.values_mut() {
            list.sort_by_key(|happening| Reverse(happening.last()));
        }
        Self { view, happenings }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.view.at
    }

    /// The time since an instant of the cluster.
    pub(super) fn since(&self, then: Timestamp) -> Duration {
        self.now().since(then)
    }

    /// What was reported about this very object, the newest first.
    pub(super) fn happenings<K>(&self, object: &K) -> &[Happening<'a>]
    where
        K: Metadata<Ty = ObjectMeta>,
    {
        let uid = object.metadata().uid.as_deref().filter(|uid| !uid.is_empty());
        uid.and_then(|uid| self.happenings.get(uid)).map_or(&[], Vec::as_slice)
    }

    /// The newest report of one of these reasons about this very object.
    pub(super) fn newest<K>(&self, object: &K, reasons: &[&str]) -> Option<Happening<'a>>
    where
        K: Metadata<Ty = ObjectMeta>,
    {
        self.happenings(object).iter().find(|happening| reasons.contains(&happening.reason())).copied()
    }

    /// The newest warning about pods of this name and a suffix, though they may be gone by now.
    pub(super) fn newest_of_pods(&self, prefix: &str) -> Option<Happening<'a>> {
        let about = |name: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-'));
        let told = self.view.events.iter().filter(|event| {
            let of_pod = event.involved_object.kind.as_deref() == Some("Pod");
            let warns = event.type_.as_deref() == Some("Warning");
            of_pod && warns && event.involved_object.name.as_deref().is_some_and(about)
        });
        told.map(Happening::new).max_by_key(|told| told.last())
    }

    /// The pods that are to be judged: not those that are being removed or have done their work.
    pub(super) fn pods(&self) -> impl Iterator<Item = &'a Pod> {
        self.view.pods.iter().filter(|pod| {
            pod.metadata.deletion_timestamp.is_none()
                && phase(pod) != "Succeeded"
                && !self.job_of(pod).is_some_and(job_is_over)
        })
    }

    /// The pods that an object controls.
    pub(super) fn pods_of(&self, uid: Option<&str>) -> impl Iterator<Item = &'a Pod> {
        let uid = uid.unwrap_or_default().to_owned();
        self.view.pods.iter().filter(move |pod| controller(&pod.metadata).is_some_and(|owner| owner.uid == uid))
    }

    pub(super) fn job_of(&self, pod: &Pod) -> Option<&'a Job> {
        let owner = controller(&pod.metadata)?;
        self.view.jobs.iter().find(|job| job.metadata.uid.as_deref() == Some(&owner.uid))
    }

    /// True if another pod of the same controller is ready since: what happened to this one is over.
    pub(super) fn is_replaced(&self, pod: &Pod) -> bool {
        let Some(owner) = controller(&pod.metadata) else { return false };
        let made = instant(pod.metadata.creation_timestamp.as_ref());
        self.pods_of(Some(&owner.uid))
            .any(|other| is_ready(other) && instant(other.metadata.creation_timestamp.as_ref()) >= made)
            && owner.kind != "Job"
    }
}

/// The kind, namespace, name and uid of an object.
pub(super) fn place<K>(object: &K) -> Place
where
    K: Resource + Metadata<Ty = ObjectMeta>,
{
    let meta = object.metadata();
    let mut place = Place::new(K::KIND, meta.name.clone().unwrap_or_default());
    place.namespace.clone_from(&meta.namespace);
    place.uid.clone_from(&meta.uid);
    place
}

/// The owner that controls an object.
pub(super) fn controller(meta: &ObjectMeta) -> Option<&OwnerReference> {
    meta.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))
}

pub(super) fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

pub(super) fn name(meta: &ObjectMeta) -> &str {
    meta.name.as_deref().unwrap_or_default()
}

/// The condition of a type, whatever its status.
pub(super) fn condition<'a>(pod: &'a Pod, kind: &str) -> Option<&'a PodCondition> {
    pod.status.as_ref()?.conditions.iter().flatten().find(|condition| condition.type_ == kind)
}

pub(super) fn is_ready(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_none() && condition(pod, "Ready").is_some_and(|ready| ready.status == "True")
}

/// True if a job has done its work, or is about to be told so.
fn job_is_over(job: &Job) -> bool {
    let conditions = job.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().any(|condition| {
        matches!(condition.type_.as_str(), "Complete" | "SuccessCriteriaMet") && condition.status == "True"
    })
}
