//! What keeps a namespace from being removed.

use std::sync::PoisonError;

use eve_core::{
    AttemptId, AttemptSpec, ChangeOutcome, Digest, Incarnation, Object, ObjectId, ObjectName, ObjectState, Op, Owner,
    RunId, Runner as _, Runtime as _, SystemEnv, naming,
};
use http::StatusCode;
use k8s_openapi::api::rbac::v1::Role;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;

use crate::bench::Bench;
use crate::{mocked, programs};

#[tokio::test]
#[ignore = "needs kubernetes: pods are made"]
async fn a_namespace_that_holds_a_strangers_object_of_any_kind_stays_and_all_else_goes() {
    let on = Bench::open().await;
    let role = json!({ "metadata": { "name": "deployer" }, "rules": [] });
    let role: Role = serde_json::from_value(role).expect("a role");
    let roles: Api<Role> = Api::namespaced(on.host.client(), &naming::namespace(&on.environment));
    roles.create(&PostParams::default(), &role).await.expect("a role can be made");

    assert_eq!(on.end(&on.plan(&on.empty()).await).await, Some(ChangeOutcome::Skipped));
    let said = on.said.lock().unwrap_or_else(PoisonError::into_inner).join("\n");
    assert!(said.contains("roles.rbac.authorization.k8s.io deployer"), "{said}");
    assert!(roles.get_opt("deployer").await.expect("it can be looked for").is_some());
    let seen = on.runtime.observe(&on.environment).await.expect("it can be observed");
    assert_eq!(seen.ours().map(|object| object.id.kind.as_str()).collect::<Vec<_>>(), ["namespace"]);

    roles.delete("deployer", &DeleteParams::default()).await.expect("it can be removed");
    assert_eq!(on.end(&on.plan(&on.empty()).await).await, Some(ChangeOutcome::Deleted));
    assert!(!on.has_namespace().await);
}

#[tokio::test]
#[ignore = "needs kubernetes: pods are made"]
async fn a_namespace_in_which_an_attempt_runs_stays_until_it_has_ended() {
    let on = Bench::open().await;
    let before = on.plan(&on.empty()).await;
    let runner = on.host.runner();
    let id = AttemptId::new(&RunId::generate(&SystemEnv::new()), "job", 1);
    let spec = AttemptSpec::new(id.clone(), on.environment.clone(), "job", Vec::new());
    runner.start(&programs::attempt(spec, "sleep 1000 & wait $!"), &on.cx()).await.expect("it starts");

    let now = on.plan(&on.empty()).await;
    assert!(now.retire.iter().all(|op| op.object.kind != "namespace"), "{:?}", now.retire);
    assert!(now.losses.iter().any(|loss| loss.path == "namespace" && loss.reason.contains("attempt-")));
    assert_eq!(on.end(&before).await, Some(ChangeOutcome::Skipped), "it began after the plan was made");
    assert!(on.has_namespace().await);

    runner.stop(&id, &on.cx()).await.expect("it is stopped");
    runner.forget(&id, &on.cx()).await.expect("it is forgotten");
    assert_eq!(on.end(&on.plan(&on.empty()).await).await, Some(ChangeOutcome::Deleted));
    assert!(!on.has_namespace().await);
}

#[tokio::test]
async fn a_namespace_that_may_not_be_looked_through_stays() {
    let environment = mocked::environment();
    let name = naming::namespace(&environment);
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": name, "uid": "1", "resourceVersion": "1", "labels": { "eve.owner": "eve" },
        "annotations": { "eve.environment": environment.to_string(), "eve.hash": Digest::of("x").to_string() },
    } });
    let path = format!("/api/v1/namespaces/{name}");
    let (host, asked) = mocked::cluster(move |request, _| match (request.method().as_str(), request.uri().path()) {
        ("POST", _) => {
            let all = json!({ "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"] });
            let status = json!({ "resourceRules": [all], "nonResourceRules": [], "incomplete": false });
            let review = json!({ "kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1",
                "metadata": {}, "spec": {}, "status": status });
            mocked::answer(StatusCode::CREATED, &review)
        }
        (_, one) if one == path => mocked::answer(StatusCode::OK, &namespace),
        (_, "/apis") => {
            let kind = json!({ "resource": "roles", "scope": "Namespaced", "verbs": ["list"],
                "responseKind": { "group": "", "version": "", "kind": "Role" } });
            let group = json!({ "metadata": { "name": "rbac.authorization.k8s.io" },
                "versions": [{ "version": "v1", "resources": [kind], "freshness": "Current" }] });
            mocked::answer(
                StatusCode::OK,
                &json!({ "kind": "APIGroupDiscoveryList",
                "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": [group] }),
            )
        }
        (_, "/api") => mocked::answer(
            StatusCode::OK,
            &json!({ "kind": "APIGroupDiscoveryList",
            "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": [] }),
        ),
        (_, one) if one.ends_with("/roles") => {
            mocked::refusal(403, "Forbidden", "roles is forbidden: User \"eve\" cannot list resource \"roles\"")
        }
        _ => mocked::nothing(request),
    });
    let id = ObjectId::new("namespace", ObjectName::new(name).expect("a valid name"));
    let mut object = Object::new(id, Incarnation::new("1"), Digest::of("x"), ObjectState::Present);
    object.owner = Owner::Eve;
    let op = Op::delete(&object, "test");
    let change = host.runtime().perform(&op, &mocked::cx(&op)).await.expect("it is left alone");
    assert_eq!(change.outcome, ChangeOutcome::Skipped);
    let asked = asked.all();
    assert!(asked.iter().any(|one| one.contains("/roles?")), "{asked:?}");
    assert!(asked.iter().all(|one| !one.starts_with("DELETE")), "{asked:?}");
}
