//! A namespace of its own for a fixture.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::api::{DeleteParams, DynamicObject, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Client};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::fixture::Fixture;

/// How long the cluster may take for what it does with every namespace.
const PATIENCE: Duration = Duration::from_secs(30);

/// A namespace of its own for a fixture; what was made is removed with it.
pub(crate) struct Stage {
    client: Client,
    pub(crate) namespace: String,
    of_cluster: Vec<(ApiResource, String)>,
}

impl Stage {
    /// Makes the namespace, and waits for what every namespace gets.
    pub(crate) async fn set(client: Client, fixture: &Fixture) -> Self {
        let namespace = format!("eve-{}-{}", fixture.name, std::process::id());
        let mut labels: BTreeMap<_, _> = fixture.labels();
        labels.insert("eve.test/fixture".to_owned(), fixture.name.clone());
        let object: Namespace = serde_json::from_value(json!({"metadata": {"name": namespace, "labels": labels}}))
            .expect("a namespace has this form");
        let api: Api<Namespace> = Api::all(client.clone());
        api.create(&PostParams::default(), &object).await.expect("a namespace can be made");
        let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), &namespace);
        let since = Instant::now();
        while accounts.get_opt("default").await.expect("accounts can be read").is_none() {
            assert!(since.elapsed() < PATIENCE, "the namespace gets its account");
            sleep(Duration::from_millis(100)).await;
        }
        Self { client, namespace, of_cluster: Vec::new() }
    }

    /// Makes the objects of a fixture.
    pub(crate) async fn apply(&mut self, fixture: &Fixture) {
        for object in fixture.objects(&self.namespace) {
            let kind = resource(&object);
            let name = object["metadata"]["name"].as_str().expect("an object has a name").to_owned();
            let is_of_cluster =
                matches!(kind.kind.as_str(), "Node" | "StorageClass" | "ValidatingWebhookConfiguration");
            let api: Api<DynamicObject> = if is_of_cluster {
                self.of_cluster.push((kind.clone(), name.clone()));
                Api::all_with(self.client.clone(), &kind)
            } else {
                Api::namespaced_with(self.client.clone(), &self.namespace, &kind)
            };
            let object: DynamicObject = serde_json::from_value(object).expect("an object has this form");
            let made = api.create(&PostParams::default(), &object).await;
            made.unwrap_or_else(|error| panic!("{} of {} can be made: {error}", name, fixture.name));
        }
    }

    /// Removes everything; it is not waited for.
    pub(crate) async fn strike(self) {
        for (kind, name) in &self.of_cluster {
            let api: Api<DynamicObject> = Api::all_with(self.client.clone(), kind);
            let _ = api.delete(name, &DeleteParams::default()).await;
        }
        let api: Api<Namespace> = Api::all(self.client.clone());
        let _ = api.delete(&self.namespace, &DeleteParams::background()).await;
    }
}

fn resource(object: &Value) -> ApiResource {
    let version = object["apiVersion"].as_str().expect("an object has a version");
    let (group, version) = version.rsplit_once('/').unwrap_or(("", version));
    let kind = object["kind"].as_str().expect("an object has a kind");
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}
