//! What never gets into a view: values of variables, and copies of them.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    Event, LimitRange, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, PodSpec, ResourceQuota, Service,
    ServiceAccount,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::DynamicObject;

/// A whole copy of an object, values included, that `kubectl apply` leaves.
const COPY: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Takes out what never gets into a view.
pub(super) trait Scrub {
    /// Takes out what never gets into a view.
    fn scrub(&mut self);
}

impl Scrub for ObjectMeta {
    fn scrub(&mut self) {
        if let Some(annotations) = &mut self.annotations {
            annotations.remove(COPY);
        }
        // Who changed it and when stays; what they changed is long, and not looked at.
        self.managed_fields.iter_mut().flatten().for_each(|one| one.fields_v1 = None);
    }
}

impl Scrub for PodSpec {
    fn scrub(&mut self) {
        let all = self.containers.iter_mut().chain(self.init_containers.iter_mut().flatten());
        all.flat_map(|one| one.env.iter_mut().flatten()).for_each(|variable| variable.value = None);
        let ephemeral = self.ephemeral_containers.iter_mut().flatten();
        ephemeral.flat_map(|one| one.env.iter_mut().flatten()).for_each(|variable| variable.value = None);
    }
}

macro_rules! by_meta {
    ($($kind:ident),* $(,)?) => {
        $(impl Scrub for $kind {
            fn scrub(&mut self) {
                self.metadata.scrub();
            }
        })*
    };
}

macro_rules! by_template {
    ($($kind:ident),* $(,)?) => {
        $(impl Scrub for $kind {
            fn scrub(&mut self) {
                self.metadata.scrub();
                if let Some(spec) = self.spec.as_mut().and_then(|spec| spec.template.spec.as_mut()) {
                    spec.scrub();
                }
            }
        })*
    };
}

by_meta!(
    EndpointSlice,
    Event,
    HorizontalPodAutoscaler,
    Ingress,
    IngressClass,
    LimitRange,
    Namespace,
    NetworkPolicy,
    PersistentVolume,
    PersistentVolumeClaim,
    PodDisruptionBudget,
    ResourceQuota,
    Service,
    ServiceAccount,
    StorageClass,
);
impl Scrub for DynamicObject {
    fn scrub(&mut self) {
        self.metadata.scrub();
    }
}

by_template!(DaemonSet, Deployment, Job, StatefulSet);

impl Scrub for Node {
    fn scrub(&mut self) {
        self.metadata.scrub();
        if let Some(status) = &mut self.status {
            // Long, and not looked at.
            status.images = None;
        }
    }
}

impl Scrub for Pod {
    fn scrub(&mut self) {
        self.metadata.scrub();
        if let Some(spec) = &mut self.spec {
            spec.scrub();
        }
    }
}

impl Scrub for ReplicaSet {
    fn scrub(&mut self) {
        self.metadata.scrub();
        let template = self.spec.as_mut().and_then(|spec| spec.template.as_mut());
        if let Some(spec) = template.and_then(|template| template.spec.as_mut()) {
            spec.scrub();
        }
    }
}

impl Scrub for CronJob {
    fn scrub(&mut self) {
        self.metadata.scrub();
        let job = self.spec.job_template.spec.as_mut();
        if let Some(spec) = job.and_then(|job| job.template.spec.as_mut()) {
            spec.scrub();
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::serde_json::json;

    use super::*;

    #[test]
    fn neither_values_of_variables_nor_copies_of_them_get_into_a_view() {
        let mut pod: Pod = serde_json::from_value(json!({
            "metadata": {"name": "a", "annotations": {COPY: "swordfish", "kept": "yes"}},
            "spec": {"containers": [{"name": "main", "env": [{"name": "TOKEN", "value": "swordfish"}]}],
                     "initContainers": [{"name": "init", "env": [{"name": "TOKEN", "value": "swordfish"}]}]},
        }))
        .unwrap();
        pod.scrub();
        let text = serde_json::to_string(&pod).unwrap();
        assert!(!text.contains("swordfish") && text.contains("TOKEN") && text.contains("kept"), "{text}");
    }
}
