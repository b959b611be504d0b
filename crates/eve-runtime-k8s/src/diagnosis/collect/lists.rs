//! One list a kind.

use std::fmt::Debug;
use std::time::Duration;

use kube::api::{ApiResource, DynamicObject, ListParams, PartialObjectMeta};
use kube::core::GroupVersionKind;
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;

use super::failure::{late, unread};
use super::scrub::Scrub;
use crate::diagnosis::{Keyed, Unread, UnreadCause};

const GATEWAY: &str = "gateway.networking.k8s.io";

/// Reads lists, each within its time.
#[derive(Clone)]
pub(super) struct Lists {
    pub(super) client: Client,
    pub(super) namespace: String,
    pub(super) timeout: Duration,
}

/// What was read of a kind, or why it was not.
pub(super) type Listed<K> = Result<Vec<K>, Unread>;

impl Lists {
    /// The objects of a kind in the namespace.
    pub(super) async fn in_namespace<K>(&self, what: &str) -> Listed<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope> + Clone + DeserializeOwned + Debug + Scrub,
        <K as Resource>::DynamicType: Default,
    {
        self.list(&Api::namespaced(self.client.clone(), &self.namespace), what).await
    }

    /// The objects of a kind in the cluster.
    pub(super) async fn in_cluster<K>(&self, what: &str) -> Listed<K>
    where
        K: Resource<Scope = k8s_openapi::ClusterResourceScope> + Clone + DeserializeOwned + Debug + Scrub,
        <K as Resource>::DynamicType: Default,
    {
        self.list(&Api::all(self.client.clone()), what).await
    }

    /// The names of a kind in the namespace: values are never asked for.
    pub(super) async fn names<K>(&self, what: &str) -> Listed<Keyed>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope> + Clone + DeserializeOwned + Debug,
        <K as Resource>::DynamicType: Default,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), &self.namespace);
        let params = ListParams::default();
        let listed = self.within(what, api.list_metadata(&params)).await?;
        let name = |one: PartialObjectMeta<K>| Keyed::new(one.metadata.name.unwrap_or_default());
        Ok(listed.items.into_iter().map(name).collect())
    }

    /// The routes of the Gateway API in the namespace: none where the cluster has none.
    pub(super) async fn http_routes(&self) -> Listed<DynamicObject> {
        let version = GroupVersionKind::gvk(GATEWAY, "v1", "HTTPRoute");
        let kind = ApiResource::from_gvk_with_plural(&version, "httproutes");
        let api = Api::namespaced_with(self.client.clone(), &self.namespace, &kind);
        match self.list(&api, "httproutes").await {
            // Whoever may not look is refused before it is said that there are none.
            Err(why) if why.cause == UnreadCause::Denied && !self.has_gateways().await => Ok(Vec::new()),
            Err(why) if why.cause == UnreadCause::NotServed => Ok(Vec::new()),
            listed => listed,
        }
    }

    /// True unless the cluster is known to have no Gateway API. Everybody may ask that.
    async fn has_gateways(&self) -> bool {
        let groups = self.within("apis", self.client.list_api_groups()).await;
        groups.map_or(true, |groups| groups.groups.iter().any(|group| group.name == GATEWAY))
    }

    /// Waits for an answer, and no longer than it may take.
    pub(super) async fn within<T>(
        &self,
        what: &str,
        request: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, Unread> {
        match tokio::time::timeout(self.timeout, request).await {
            Ok(answer) => answer.map_err(|error| unread(what, &error)),
            Err(_) => Err(late(what, self.timeout)),
        }
    }

    async fn list<K>(&self, api: &Api<K>, what: &str) -> Listed<K>
    where
        K: Resource + Clone + DeserializeOwned + Debug + Scrub,
    {
        let params = ListParams::default();
        let listed = self.within(what, api.list(&params)).await?;
        let mut items = listed.items;
        items.iter_mut().for_each(Scrub::scrub);
        Ok(items)
    }
}
