//! What was read of a namespace.

use eve_core::Timestamp;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    Event, LimitRange, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, ResourceQuota, Service,
    ServiceAccount,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::storage::v1::StorageClass;
use kube::api::DynamicObject;
use serde::{Deserialize, Serialize};

use super::{Asked, Keyed, LogTail, Unread};

/// What was read of a namespace, and of the cluster as far as the namespace relies on it.
///
/// Stored as JSON it is read again without a cluster. It holds no value of a secret, of a set of
/// settings, or of a variable.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ClusterView {
    /// When it was read.
    pub at: Timestamp,
    /// The namespace.
    pub namespace: String,
    /// True if it was asked for directly, and is not there.
    pub namespace_is_absent: bool,
    /// The namespace itself, where it could be read.
    pub namespace_object: Option<Namespace>,
    /// What could not be read, and why.
    pub unread: Vec<Unread>,
    /// What somebody expects to be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Asked>,
    /// What the namespace holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pods: Vec<Pod>,
    /// Deployments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deployments: Vec<Deployment>,
    /// Replica sets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replica_sets: Vec<ReplicaSet>,
    /// Stateful sets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stateful_sets: Vec<StatefulSet>,
    /// Daemon sets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub daemon_sets: Vec<DaemonSet>,
    /// Jobs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<Job>,
    /// Cron jobs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cron_jobs: Vec<CronJob>,
    /// Services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// Endpoint slices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub endpoint_slices: Vec<EndpointSlice>,
    /// Events, of every type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Claims of volumes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<PersistentVolumeClaim>,
    /// Config maps: names, and the keys of those that a troubled pod refers to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub config_maps: Vec<Keyed>,
    /// Secrets: names, and the keys of those that a troubled pod refers to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Keyed>,
    /// Service accounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_accounts: Vec<ServiceAccount>,
    /// Quotas.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<ResourceQuota>,
    /// Ranges of limits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limit_ranges: Vec<LimitRange>,
    /// Ingresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingresses: Vec<Ingress>,
    /// Routes of the Gateway API, where the cluster has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http_routes: Vec<DynamicObject>,
    /// Network policies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub network_policies: Vec<NetworkPolicy>,
    /// Disruption budgets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disruption_budgets: Vec<PodDisruptionBudget>,
    /// Autoscalers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub autoscalers: Vec<HorizontalPodAutoscaler>,
    /// The cluster's nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<Node>,
    /// The cluster's volumes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<PersistentVolume>,
    /// The cluster's storage classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub storage_classes: Vec<StorageClass>,
    /// The cluster's ingress classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingress_classes: Vec<IngressClass>,
    /// The last lines of containers that ended badly.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log_tails: Vec<LogTail>,
}

impl ClusterView {
    /// Nothing was read yet.
    pub fn new(namespace: impl Into<String>, at: Timestamp) -> Self {
        Self { at, namespace: namespace.into(), ..Self::default() }
    }

    /// True if these objects were read, so that one that is not among them is absent.
    pub fn was_read(&self, what: &str) -> bool {
        !self.namespace_is_absent && !self.unread.iter().any(|unread| unread.what == what)
    }
}
