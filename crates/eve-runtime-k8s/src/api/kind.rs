//! The kinds of objects that Eve makes or looks at.

use kube::core::{ApiResource, GroupVersionKind};

/// A kind of objects of the Kubernetes API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Namespace,
    ServiceAccount,
    ConfigMap,
    Secret,
    Claim,
    NetworkPolicy,
    Service,
    Deployment,
    StatefulSet,
    Job,
    DisruptionBudget,
    /// Of a public route.
    Ingress,
    /// Of a public route.
    HttpRoute,
    /// Made by others for what Eve makes.
    Pod,
    /// Made by others for what Eve makes.
    EndpointSlice,
    /// What others say of objects.
    Event,
}

impl Kind {
    /// Those that the runtime makes, each after what it needs.
    pub(crate) const MADE: [Self; 11] = [
        Self::Namespace,
        Self::ServiceAccount,
        Self::ConfigMap,
        Self::Secret,
        Self::Claim,
        Self::NetworkPolicy,
        Self::Service,
        Self::Deployment,
        Self::StatefulSet,
        Self::Job,
        Self::DisruptionBudget,
    ];

    /// Its word in Eve's plans.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::ServiceAccount => "service-account",
            Self::ConfigMap => "config-map",
            Self::Secret => "secret",
            Self::Claim => "volume-claim",
            Self::NetworkPolicy => "network-policy",
            Self::Service => "service",
            Self::Deployment => "deployment",
            Self::StatefulSet => "stateful-set",
            Self::Job => "job",
            Self::DisruptionBudget => "disruption-budget",
            Self::Ingress => "ingress",
            Self::HttpRoute => "http-route",
            Self::Pod => "pod",
            Self::EndpointSlice => "endpoint-slice",
            Self::Event => "event",
        }
    }

    /// The kind that the runtime makes and that has a word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::MADE.into_iter().find(|kind| kind.word() == word)
    }

    /// Where the API has it: group, version, kind and plural.
    pub(crate) fn names(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Namespace => ("", "v1", "Namespace", "namespaces"),
            Self::ServiceAccount => ("", "v1", "ServiceAccount", "serviceaccounts"),
            Self::ConfigMap => ("", "v1", "ConfigMap", "configmaps"),
            Self::Secret => ("", "v1", "Secret", "secrets"),
            Self::Claim => ("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
            Self::NetworkPolicy => ("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
            Self::Service => ("", "v1", "Service", "services"),
            Self::Deployment => ("apps", "v1", "Deployment", "deployments"),
            Self::StatefulSet => ("apps", "v1", "StatefulSet", "statefulsets"),
            Self::Job => ("batch", "v1", "Job", "jobs"),
            Self::DisruptionBudget => ("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
            Self::Ingress => ("networking.k8s.io", "v1", "Ingress", "ingresses"),
            Self::HttpRoute => ("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes"),
            Self::Pod => ("", "v1", "Pod", "pods"),
            Self::EndpointSlice => ("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices"),
            Self::Event => ("", "v1", "Event", "events"),
        }
    }

    /// As the client names it.
    pub(crate) fn resource(self) -> ApiResource {
        let (group, version, kind, plural) = self.names();
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
    }

    /// `apiVersion` of its objects.
    pub(crate) fn api_version(self) -> String {
        let (group, version, ..) = self.names();
        if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
    }

    /// True for what runs a service's instances.
    pub(crate) fn is_workload(self) -> bool {
        matches!(self, Self::Deployment | Self::StatefulSet | Self::Job)
    }

    /// True if its objects hold values that are never read: of them their metadata is enough.
    pub(crate) fn is_closed(self) -> bool {
        matches!(self, Self::ConfigMap | Self::Secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_is_made_is_found_by_its_word() {
        for kind in Kind::MADE {
            assert_eq!(Kind::of_word(kind.word()), Some(kind));
        }
        assert_eq!(Kind::of_word("pod"), None, "pods are made by others");
    }
}
