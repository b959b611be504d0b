//! What no cluster of one node does, or not at will.
#![expect(clippy::needless_pass_by_value, reason = "JSON is written where it is handed on")]

use eve_core::{Finding, Timestamp, Verdict};
use serde_json::{Value, json};

use super::*;

/// 2026-01-01T00:00:00Z, and that many seconds.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis((1_767_225_600 + seconds) * 1000)
}

fn view(seconds: u64, fields: Value) -> ClusterView {
    let mut view = json!({"at": at(seconds), "namespace": "shop"});
    let fields = fields.as_object().expect("fields are an object").clone();
    view.as_object_mut().expect("a view is an object").extend(fields);
    serde_json::from_value(view).expect("a view has this form")
}

fn codes_at(seconds: u64, fields: &Value) -> Vec<(String, &'static str)> {
    let found = diagnose(&view(seconds, fields.clone()));
    found.iter().map(|finding: &Finding| (finding.code.to_string(), finding.verdict.word())).collect()
}

fn pod(spec: Value, status: Value) -> Value {
    let meta = json!({"name": "web-0", "namespace": "shop", "uid": "u1", "creationTimestamp": "2026-01-01T00:00:00Z"});
    json!({"metadata": meta, "spec": spec, "status": status})
}

fn running(restarts: u32, started: &str, last: Value) -> Value {
    json!({"phase": "Running", "containerStatuses": [{
        "name": "main", "image": "a", "imageID": "", "ready": true, "restartCount": restarts,
        "state": {"running": {"startedAt": started}}, "lastState": {"terminated": last},
    }]})
}

#[test]
fn a_crash_is_told_while_the_container_runs_again_and_not_once_it_has_recovered() {
    let spec = json!({"nodeName": "n", "containers": [{"name": "main", "image": "a"}]});
    let last = json!({"exitCode": 1, "reason": "Error", "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:12Z"});
    let fields = json!({"pods": [pod(spec, running(1, "2026-01-01T00:00:13Z", last))]});
    assert_eq!(codes_at(20, &fields), [("workload.crash_loop".to_owned(), "grace")]);
    assert_eq!(codes_at(36, &fields), [("workload.crash_loop".to_owned(), "grace")]);
    assert!(codes_at(60, &fields).is_empty());
}

#[test]
fn a_crash_that_came_back_three_times_is_terminal() {
    let spec = json!({"nodeName": "n", "containers": [{"name": "main", "image": "a"}]});
    let last = json!({"exitCode": 139, "reason": "Error", "startedAt": "2026-01-01T00:01:00Z", "finishedAt": "2026-01-01T00:01:01Z"});
    let fields = json!({"pods": [pod(spec, running(3, "2026-01-01T00:01:30Z", last))]});
    assert_eq!(codes_at(95, &fields), [("workload.crash_loop".to_owned(), "terminal")]);
}

fn pending(message: &str, more: Value) -> Value {
    let mut spec = json!({"containers": [{"name": "main", "image": "a"}]});
    spec.as_object_mut().expect("a spec is an object").extend(more.as_object().expect("an object").clone());
    let condition = json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
        "lastTransitionTime": "2026-01-01T00:00:00Z"});
    pod(spec, json!({"phase": "Pending", "conditions": [condition]}))
}

fn node(name: &str, labels: Value, taints: Value, cpu: &str) -> Value {
    json!({"metadata": {"name": name, "labels": labels}, "spec": {"taints": taints}, "status": {"allocatable": {"cpu": cpu}}})
}

#[test]
fn the_nodes_that_a_pod_could_run_on_say_why_it_does_not() {
    let control = json!([{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]);
    let nodes = json!([
        node("c", json!({}), control, "4"),
        node("a", json!({"disk": "ssd"}), json!([]), "4"),
        node("b", json!({}), json!([]), "8")
    ]);
    let message = "0/3 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) didn't match Pod's node affinity/selector, 1 Insufficient cpu.";
    let small = json!({"nodeSelector": {"disk": "ssd"}, "containers": [{"name": "main", "image": "a", "resources": {"requests": {"cpu": "2"}}}]});
    let fields = json!({"pods": [pending(message, small)], "nodes": nodes});
    assert_eq!(codes_at(5, &fields), [("scheduling.insufficient_cpu".to_owned(), "grace")]);

    let large = json!({"containers": [{"name": "main", "image": "a", "resources": {"requests": {"cpu": "9"}}}]});
    let fields = json!({"pods": [pending("0/3 nodes are available: 3 Insufficient cpu.", large)], "nodes": nodes});
    assert_eq!(codes_at(5, &fields), [("scheduling.insufficient_cpu".to_owned(), "terminal")]);

    let nowhere = json!({"nodeSelector": {"disk": "tape"}});
    let message = "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match Pod's node affinity/selector.";
    let fields = json!({"pods": [pending(message, nowhere)], "nodes": nodes});
    assert_eq!(codes_at(5, &fields), [("scheduling.node_affinity".to_owned(), "grace")]);
}

#[test]
fn taints_of_sick_nodes_are_the_nodes_fault() {
    let sick = json!([{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]);
    let message = "0/1 nodes are available: 1 node(s) had untolerated taint(s).";
    let fields = json!({"pods": [pending(message, json!({}))], "nodes": [node("a", json!({}), sick, "4")]});
    assert_eq!(codes_at(5, &fields), [("node.lost".to_owned(), "grace")]);
}

#[test]
fn a_gate_waits_until_it_has_lasted_too_long() {
    let condition = json!({"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"});
    let gated = pod(
        json!({"schedulingGates": [{"name": "a.test/b"}], "containers": []}),
        json!({"phase": "Pending", "conditions": [condition]}),
    );
    let fields = json!({"pods": [gated]});
    assert_eq!(codes_at(5, &fields), [("scheduling.gated".to_owned(), "wait")]);
    assert_eq!(codes_at(31, &fields), [("scheduling.gated".to_owned(), "grace")]);
}

#[test]
fn an_unknown_reason_is_told_as_it_is() {
    let status = json!({"phase": "Pending", "containerStatuses": [{
        "name": "main", "image": "a", "imageID": "", "ready": false, "restartCount": 0,
        "state": {"waiting": {"reason": "MoonNotFull", "message": "wait for it"}},
    }]});
    let fields =
        json!({"pods": [pod(json!({"nodeName": "n", "containers": [{"name": "main", "image": "a"}]}), status)]});
    let found = diagnose(&view(5, fields));
    assert_eq!(found[0].code.as_str(), "other.unknown_reason");
    assert!(serde_json::to_string(&found[0].evidence).unwrap().contains("MoonNotFull"));
}

#[test]
fn an_older_pods_event_fails_nobody_else() {
    let spec = json!({"nodeName": "n", "containers": [{"name": "main", "image": "a", "livenessProbe": {"exec": {"command": ["x"]}}}]});
    let last = json!({"exitCode": 1, "reason": "Error", "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:05Z"});
    let killing = |uid: &str| {
        json!({"metadata": {"name": "e"}, "reason": "Killing", "type": "Normal", "lastTimestamp": "2026-01-01T00:00:04Z",
        "message": "Container main failed liveness probe, will be restarted",
        "involvedObject": {"kind": "Pod", "name": "web-0", "uid": uid, "fieldPath": "spec.containers{main}"}})
    };
    let pod = pod(spec, running(1, "2026-01-01T00:00:06Z", last));
    let of = |uid: &str| codes_at(8, &json!({"pods": [pod], "events": [killing(uid)]}));
    assert_eq!(of("u1"), [("probe.liveness_failing".to_owned(), "grace")]);
    assert_eq!(of("u0"), [("workload.crash_loop".to_owned(), "grace")]);
}

#[test]
fn a_failed_pod_that_was_replaced_is_history() {
    let owner = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "r", "controller": true}]);
    let of = |name: &str, status: Value| {
        json!({"metadata": {"name": name, "namespace": "shop", "uid": name, "ownerReferences": owner, "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"nodeName": "n", "containers": []}, "status": status})
    };
    let old =
        of("old", json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}));
    let new = of("new", json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}));
    let alone = codes_at(60, &json!({"pods": [old]}));
    assert_eq!(alone, [("eviction.node_pressure".to_owned(), "terminal")]);
    assert_eq!(codes_at(60, &json!({"pods": [old, new]})), [("eviction.node_pressure".to_owned(), "wait")]);
}

#[test]
fn what_could_not_be_read_is_a_finding_and_an_absent_namespace_is_asked_for() {
    let denied = json!({"unread": [{"what": "pods", "cause": "denied", "message": "403"}, {"what": "nodes", "cause": "denied", "message": "403"}]});
    assert_eq!(codes_at(0, &denied), [("access.denied".to_owned(), "terminal"), ("access.denied".to_owned(), "wait")]);
    let absent = json!({"namespace_is_absent": true});
    assert_eq!(codes_at(0, &absent), [("namespace.missing".to_owned(), "terminal")]);
}

#[test]
fn a_name_that_is_expected_and_mistyped_is_told_with_the_right_one() {
    let service = json!({"metadata": {"name": "orders", "namespace": "shop"}, "spec": {"type": "ExternalName"}});
    let found = diagnose(&view(0, json!({"services": [service], "asked": [{"kind": "Service", "name": "order"}]})));
    assert_eq!((found[0].code.as_str(), found[0].verdict), ("service.missing", Verdict::Terminal));
    assert!(found[0].hint.as_deref().unwrap().contains("orders"));
}
