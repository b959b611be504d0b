//! Which kinds of objects a cluster serves, whoever brought them.

use std::collections::BTreeSet;

use eve_core::Result;
use kube::Api;
use kube::api::{DynamicObject, ListParams};
use kube::core::{ApiResource, ObjectList, PartialObjectMeta};
use kube::discovery::{ApiGroup, Discovery, Scope, verbs};

use super::cluster::{Cluster, within};
use super::failure::unavailable;

/// How many objects are asked for at once.
const PAGE: u32 = 100;

/// The kinds that a cluster serves, each in its most stable version.
#[derive(Debug, Default)]
pub(crate) struct Served {
    /// Those of which a namespace may hold some that can be listed.
    pub(crate) in_namespaces: Vec<ApiResource>,
    /// Those that are in no namespace, by group and kind.
    pub(crate) in_cluster: BTreeSet<(String, String)>,
}

impl Cluster {
    /// Asks which kinds there are.
    ///
    /// # Errors
    /// `backend.unavailable`.
    pub(crate) async fn served(&self) -> Result<Served> {
        let discovery = match within(Discovery::new(self.client()).run_aggregated()).await {
            Ok(discovery) => discovery,
            // Older clusters tell it group by group.
            Err(_) => within(Discovery::new(self.client()).run())
                .await
                .map_err(|error| unavailable("asking which kinds of objects there are", error))?,
        };
        let mut served = Served::default();
        for (resource, can) in discovery.groups().flat_map(ApiGroup::resources_by_stability) {
            match can.scope {
                Scope::Cluster => drop(served.in_cluster.insert((resource.group, resource.kind))),
                Scope::Namespaced if can.supports_operation(verbs::LIST) => served.in_namespaces.push(resource),
                Scope::Namespaced => {}
            }
        }
        served.in_namespaces.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural)));
        Ok(served)
    }

    /// Some objects of a kind: their metadata, and where to go on.
    pub(crate) async fn page(
        &self,
        kind: &ApiResource,
        namespace: &str,
        after: Option<&str>,
    ) -> kube::Result<ObjectList<PartialObjectMeta<DynamicObject>>> {
        let api: Api<DynamicObject> = Api::namespaced_with(self.client(), namespace, kind);
        let mut params = ListParams::default().limit(PAGE);
        params.continue_token = after.map(str::to_owned);
        within(api.list_metadata(&params)).await
    }
}
