//! What others did to objects since they were made.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{
    Bound, ChangeOutcome, Digest, FileResolver, Result, Runtime as _, Secret, SecretName, SecretResolver,
    SecretVersion, Verb, codes, naming,
};
use k8s_openapi::api::apps::v1::Deployment;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::rendering::{self, Plain};

/// Knows one text, whatever it is asked for.
struct Anything;

#[async_trait]
impl SecretResolver for Anything {
    async fn resolve(&self, _: &SecretName, _: &SecretVersion) -> Result<Secret> {
        Ok(Secret::new("hello"))
    }
}

#[async_trait]
impl FileResolver for Anything {
    async fn read(&self, _: &Digest) -> Result<Bytes> {
        Ok(Bytes::from_static(b"hello"))
    }
}

/// Something of everything, applied.
async fn applied() -> (Bench, Bound) {
    let on = Bench::empty_one().await;
    let want = rendering::want(on.environment.clone());
    let cx = on.cx().with_secrets(Arc::new(Anything)).with_files(Arc::new(Anything));
    for op in on.plan(&want).await.ensure {
        on.runtime.perform(&op, &cx).await.unwrap_or_else(|error| panic!("{}: {error}", op.id));
    }
    (on, want)
}

/// The only Deployment of a service.
async fn deployment(on: &Bench, service: &str) -> (Api<Deployment>, String) {
    let api: Api<Deployment> = Api::namespaced(on.host.client(), &naming::namespace(&on.environment));
    let of_service = ListParams::default().labels(&format!("eve.service={service}"));
    let found = api.list(&of_service).await.expect("Deployments can be listed");
    let name = found.items[0].metadata.name.clone().expect("it has a name");
    (api, name)
}

async fn edit(api: &Api<Deployment>, name: &str, patch: Value) {
    let patch: Patch<()> = Patch::Json(serde_json::from_value(patch).expect("a patch"));
    let params = PatchParams { field_manager: Some("somebody".to_owned()), ..PatchParams::default() };
    api.patch(name, &params, &patch).await.expect("it can be edited");
}

#[tokio::test]
#[ignore = "needs kubernetes: a server says whose fields are whose"]
async fn what_nobody_has_touched_is_left_alone_and_what_was_taken_away_is_put_back() {
    let (on, want) = applied().await;
    let plan = on.plan(&want).await;
    assert!(plan.ensure.is_empty() && plan.retire.is_empty(), "{plan:?}");

    let (api, name) = deployment(&on, "web").await;
    let label = "/metadata/labels/app.kubernetes.io~1name";
    let probe = "/spec/template/spec/containers/0/readinessProbe";
    edit(&api, &name, json!([{ "op": "remove", "path": label }, { "op": "remove", "path": probe }])).await;
    let plan = on.plan(&want).await;
    let [op] = &plan.ensure[..] else { panic!("one operation: {:?}", plan.ensure) };
    assert_eq!((op.verb, op.object.name.as_str()), (Verb::Update, name.as_str()));
    assert!(op.why.contains("metadata.labels.app.kubernetes.io/name"), "{}", op.why);
    assert!(op.why.contains("spec.template.spec.containers[0].readinessProbe"), "{}", op.why);

    assert_eq!(on.perform(op).await.outcome, ChangeOutcome::Updated);
    assert_eq!(on.perform(op).await.outcome, ChangeOutcome::Unchanged);
    let found = api.get(&name).await.expect("it can be read");
    assert!(found.metadata.labels.expect("it has labels").contains_key("app.kubernetes.io/name"));
    let plan = on.plan(&want).await;
    assert!(plan.ensure.is_empty() && plan.retire.is_empty(), "{plan:?}");
    on.end(&on.plan(&on.empty()).await).await;
}

#[tokio::test]
#[ignore = "needs kubernetes: a server says whose fields are whose"]
async fn what_somebody_set_to_something_else_is_named_while_planning_and_stays() {
    let (on, want) = applied().await;
    let (api, name) = deployment(&on, "api").await;
    edit(&api, &name, json!([{ "op": "replace", "path": "/spec/progressDeadlineSeconds", "value": 7 }])).await;
    let seen = on.runtime.observe(&on.environment).await.expect("it can be observed");
    let error = on.runtime.plan(&want, &seen, &Plain).expect_err("somebody else holds it");
    assert_eq!(*error.code(), codes::OBJECT_CONFLICT);
    assert!(error.to_string().contains("spec.progressDeadlineSeconds (somebody)"), "{error}");
    on.end(&on.plan(&on.empty()).await).await;
}
