//! Who relies on whom in a namespace.

use std::collections::BTreeMap;

use eve_core::Place;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{Metadata, Resource};

use super::scene::{Scene, controller, name, place};
use super::selector;

/// Who relies on whom, and who has the same owner.
#[derive(Debug, Default)]
pub(super) struct Kinship {
    relies_on: BTreeMap<Place, Vec<Place>>,
    /// The controller of a pod, the deployment in place of its replica set.
    owner: BTreeMap<Place, Place>,
}

impl Kinship {
    pub(super) fn of(scene: &Scene<'_>) -> Self {
        let mut kin = Self::default();
        kin.add_owners(scene);
        kin.add_needs(scene);
        kin.add_selections(scene);
        kin
    }

    /// What a place relies on directly.
    pub(super) fn relies_on(&self, place: &Place) -> Vec<Place> {
        self.relies_on.get(&place.whole()).cloned().unwrap_or_default()
    }

    /// True if both are instances of one owner.
    pub(super) fn are_siblings(&self, one: &Place, other: &Place) -> bool {
        let top = |place: &Place| {
            let mut place = self.owner.get(&place.whole())?;
            while let Some(above) = self.owner.get(place) {
                place = above;
            }
            Some(place)
        };
        top(one).is_some() && top(one) == top(other)
    }

    fn add_owners(&mut self, scene: &Scene<'_>) {
        let view = scene.view;
        let mut known = BTreeMap::new();
        known.extend(view.deployments.iter().map(with_uid));
        known.extend(view.replica_sets.iter().map(with_uid));
        known.extend(view.stateful_sets.iter().map(with_uid));
        known.extend(view.daemon_sets.iter().map(with_uid));
        known.extend(view.jobs.iter().map(with_uid));
        known.extend(view.cron_jobs.iter().map(with_uid));
        let owned = view.pods.iter().map(|pod| (&pod.metadata, place(pod)));
        let owned = owned.chain(view.replica_sets.iter().map(|set| (&set.metadata, place(set))));
        let owned: Vec<_> = owned.chain(view.jobs.iter().map(|job| (&job.metadata, place(job)))).collect();
        for (meta, child) in owned {
            let Some(above) = controller(meta).and_then(|one| known.get(one.uid.as_str())) else { continue };
            self.relies_on.entry(above.clone()).or_default().push(child.clone());
            self.owner.insert(child, above.clone());
        }
    }

    fn add_needs(&mut self, scene: &Scene<'_>) {
        for pod in &scene.view.pods {
            let claims = scene.view.claims.iter().filter(|claim| claimed(pod).any(|one| one == name(&claim.metadata)));
            let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
            let nodes = scene.view.nodes.iter().filter(|one| node.is_none_or(|node| node == name(&one.metadata)));
            let needs: Vec<_> = claims.map(place).chain(nodes.map(place)).collect();
            self.relies_on.entry(place(pod)).or_default().extend(needs);
        }
    }

    fn add_selections(&mut self, scene: &Scene<'_>) {
        for service in &scene.view.services {
            let Some(wanted) = service.spec.as_ref().and_then(|spec| spec.selector.as_ref()) else { continue };
            let pods = scene.view.pods.iter().filter(|pod| selector::holds(pod.metadata.labels.as_ref(), wanted));
            let mut chosen: Vec<_> = pods.map(place).collect();
            for template in templates(scene) {
                if selector::holds(template.labels, wanted) {
                    chosen.push(template.place);
                }
            }
            self.relies_on.entry(place(service)).or_default().extend(chosen);
        }
        for scaler in &scene.view.autoscalers {
            let target = &scaler.spec.scale_target_ref;
            let scaled = templates(scene).into_iter().map(|template| template.place);
            let scaled = scaled.filter(|one| target.kind == one.kind && target.name == one.name);
            self.relies_on.entry(place(scaler)).or_default().extend(scaled);
        }
    }
}

/// What makes pods: the labels that they will have.
#[derive(Debug)]
pub(super) struct Template<'a> {
    pub(super) place: Place,
    pub(super) labels: Option<&'a BTreeMap<String, String>>,
    pub(super) replicas: Option<i32>,
    pub(super) spec: Option<&'a k8s_openapi::api::core::v1::PodSpec>,
}

/// Everything that makes pods that are to go on.
pub(super) fn templates<'a>(scene: &Scene<'a>) -> Vec<Template<'a>> {
    let view = scene.view;
    let mut all = Vec::new();
    macro_rules! add {
        ($list:ident, $replicas:expr) => {
            for object in &view.$list {
                let Some(spec) = &object.spec else { continue };
                let labels = spec.template.metadata.as_ref().and_then(|meta| meta.labels.as_ref());
                let replicas = $replicas(spec);
                all.push(Template { place: place(object), labels, replicas, spec: spec.template.spec.as_ref() });
            }
        };
    }
    add!(deployments, |spec: &k8s_openapi::api::apps::v1::DeploymentSpec| spec.replicas);
    add!(stateful_sets, |spec: &k8s_openapi::api::apps::v1::StatefulSetSpec| spec.replicas);
    add!(daemon_sets, |_| None);
    for set in view.replica_sets.iter().filter(|set| controller(&set.metadata).is_none()) {
        let template = set.spec.as_ref().and_then(|spec| spec.template.as_ref());
        let labels = template.and_then(|template| template.metadata.as_ref()?.labels.as_ref());
        let replicas = set.spec.as_ref().and_then(|spec| spec.replicas);
        all.push(Template { place: place(set), labels, replicas, spec: template.and_then(|one| one.spec.as_ref()) });
    }
    all
}

/// The names of the claims that a pod mounts.
pub(super) fn claimed(pod: &Pod) -> impl Iterator<Item = String> + '_ {
    let pod_name = name(&pod.metadata);
    pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()).filter_map(move |volume| {
        if volume.ephemeral.is_some() {
            return Some(format!("{pod_name}-{}", volume.name));
        }
        volume.persistent_volume_claim.as_ref().map(|claim| claim.claim_name.clone())
    })
}

fn with_uid<K>(object: &K) -> (&str, Place)
where
    K: Resource + Metadata<Ty = ObjectMeta>,
{
    (object.metadata().uid.as_deref().unwrap_or_default(), place(object))
}
