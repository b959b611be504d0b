//! A namespace of its own for a fixture.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
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
    /// What is asked to end and is held by a finalizer.
    held: Option<(ApiResource, String)>,
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
        Self { client, namespace, of_cluster: Vec::new(), held: None }
    }

    /// Makes the objects of a fixture.
    pub(crate) async fn apply(&mut self, fixture: &Fixture) {
        let objects = fixture.objects(&self.namespace);
        let last = objects.len() - 1;
        for (index, object) in objects.into_iter().enumerate() {
            // What guards others takes a moment before it does.
            let pause = fixture.told("pause").filter(|_| index == last).and_then(|seconds| seconds.parse().ok());
            sleep(Duration::from_secs(pause.unwrap_or_default())).await;
            let kind = resource(&object);
            let name = object["metadata"]["name"].as_str().expect("an object has a name").to_owned();
            let is_of_cluster = matches!(
                kind.kind.as_str(),
                "IngressClass"
                    | "MutatingWebhookConfiguration"
                    | "Node"
                    | "PersistentVolume"
                    | "RuntimeClass"
                    | "StorageClass"
                    | "ValidatingWebhookConfiguration"
                    | "ValidatingAdmissionPolicy"
                    | "ValidatingAdmissionPolicyBinding"
            );
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

    /// Asks the object to end that a fixture says is to end: a pod, or `KIND/NAME`.
    pub(crate) async fn delete(&mut self, fixture: &Fixture) {
        let Some(told) = fixture.told("delete") else { return };
        let (kind, name) = told.split_once('/').unwrap_or(("Pod", told));
        let objects = fixture.objects(&self.namespace);
        let object = objects.iter().find(|one| one["kind"] == kind).expect("the fixture has such an object");
        let kind = resource(object);
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), &self.namespace, &kind);
        api.delete(name, &DeleteParams::default()).await.expect("an object can be asked to end");
        self.held = Some((kind, name.to_owned()));
    }

    /// Removes everything; it is not waited for.
    pub(crate) async fn strike(self) {
        if let Some((kind, name)) = &self.held {
            let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), &self.namespace, kind);
            let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
            let _ = api.patch(name, &PatchParams::default(), &free).await;
        }
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
