//! What is said by somebody who may not look at everything.

use std::collections::BTreeMap;

use eve_runtime_k8s::{ClusterView, CollectOptions, collect, connect, diagnose};
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use kube::api::PostParams;
use kube::config::Config;
use kube::{Api, Client};
use serde_json::json;

use super::fixture::Fixture;
use super::stage::Stage;

/// What faults show in: without one of these nothing may be called well.
const NEEDED: &[(&str, &str)] = &[
    ("", "pods"),
    ("", "events"),
    ("", "services"),
    ("", "persistentvolumeclaims"),
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("apps", "daemonsets"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
    ("discovery.k8s.io", "endpointslices"),
    ("networking.k8s.io", "ingresses"),
    ("autoscaling", "horizontalpodautoscalers"),
];

/// What only adds to the evidence.
const ADDING: &[(&str, &str)] = &[
    ("", "secrets"),
    ("", "configmaps"),
    ("", "serviceaccounts"),
    ("", "resourcequotas"),
    ("", "limitranges"),
    ("networking.k8s.io", "networkpolicies"),
    ("policy", "poddisruptionbudgets"),
];

#[tokio::test]
#[ignore = "needs kubernetes: rights are taken away one by one"]
async fn whoever_may_not_look_is_told_so_and_never_that_all_is_well() {
    let client = connect(None, None).await.expect("a cluster is configured");
    let mut fixture = Fixture::all(Some("healthy-scaled-to-zero")).remove(0);
    // The fixture itself may be on the cluster at the same time.
    fixture.name.push_str("-rights");
    let mut stage = Stage::set(client.clone(), &fixture).await;
    stage.apply(&fixture).await;
    let mut wrong = Vec::new();
    for (index, (_, missing)) in NEEDED.iter().chain(ADDING).enumerate() {
        let view = seen_without(&client, &stage.namespace, index, missing).await;
        let findings = diagnose(&view);
        let is_needed = index < NEEDED.len();
        let told = findings
            .iter()
            .find(|finding| finding.code.as_str() == "access.denied" && finding.message.contains(missing));
        if told.is_none_or(|finding| finding.verdict.is_failure() != is_needed) {
            wrong.push(format!("{missing}: {findings:?}"));
        }
    }
    stage.strike().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The namespace in the eyes of a user who may look at everything in it but one.
async fn seen_without(client: &Client, namespace: &str, index: usize, missing: &str) -> ClusterView {
    let name = format!("reader-{index}");
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (group, resource) in NEEDED.iter().chain(ADDING).filter(|(_, resource)| *resource != missing) {
        groups.entry(group).or_default().push(resource);
    }
    let rules = groups
        .iter()
        .map(|(group, resources)| json!({"apiGroups": [group], "resources": resources, "verbs": ["get", "list"]}));
    let role = json!({"metadata": {"name": name}, "rules": rules.collect::<Vec<_>>()});
    let binding = json!({
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}],
    });
    let role: Role = serde_json::from_value(role).expect("a role has this form");
    let binding: RoleBinding = serde_json::from_value(binding).expect("a binding has this form");
    let params = PostParams::default();
    Api::<Role>::namespaced(client.clone(), namespace).create(&params, &role).await.expect("a role can be made");
    Api::namespaced(client.clone(), namespace).create(&params, &binding).await.expect("a binding can be made");
    let mut config = Config::infer().await.expect("a cluster is configured");
    config.auth_info.impersonate = Some(name);
    let reader = Client::try_from(config).expect("a client can be made");
    loop {
        let view = collect(reader.clone(), namespace, &CollectOptions::default()).await;
        // Rights take a moment to be known.
        let denied =
            view.unread.iter().filter(|unread| NEEDED.iter().chain(ADDING).any(|(_, what)| unread.what == *what));
        if denied.count() <= 1 {
            return view;
        }
    }
}
