//! Views that are written by hand, for what the cluster of the tests does not have.

use eve_core::Finding;
use eve_runtime_k8s::{ClusterView, diagnose};
use serde_json::{Value, json};

/// A view of 2026-01-01T00:01:00Z.
fn found(fields: &Value) -> Vec<Finding> {
    let mut view = json!({"at": 1_767_225_660_000_u64, "namespace": "shop"});
    let fields = fields.as_object().expect("fields are an object").clone();
    view.as_object_mut().expect("a view is an object").extend(fields);
    let view: ClusterView = serde_json::from_value(view).expect("a view has this form");
    diagnose(&view)
}

fn words(fields: &Value) -> Vec<(String, &'static str)> {
    found(fields).iter().map(|one| (one.code.to_string(), one.verdict.word())).collect()
}

fn meta(name: &str) -> Value {
    json!({"name": name, "namespace": "shop", "uid": name, "creationTimestamp": "2026-01-01T00:00:00Z"})
}

fn route(backend: &str, parents: &Value) -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": meta("web"),
        "spec": {"parentRefs": [{"name": "edge"}], "rules": [{"backendRefs": [{"name": backend, "port": 80}]}]},
        "status": {"parents": parents},
    })
}

fn refused(kind: &str, reason: &str) -> Value {
    let condition = json!({"type": kind, "status": "False", "reason": reason, "message": "no"});
    json!([{"conditions": [condition]}])
}

#[test]
fn a_route_that_is_refused_or_leads_nowhere_is_told_and_one_that_is_taken_is_not() {
    let service = json!({"metadata": meta("web"), "spec": {"type": "ExternalName", "externalName": "a.test"}});
    let of = |route: Value| words(&json!({"http_routes": [route], "services": [service]}));
    let taken =
        json!([{"conditions": [{"type": "Accepted", "status": "True"}, {"type": "ResolvedRefs", "status": "True"}]}]);
    assert_eq!(of(route("web", &taken)), []);
    let told = |code: &str| vec![(code.to_owned(), "grace")];
    assert_eq!(of(route("web", &refused("Accepted", "NotAllowedByListeners"))), told("route.not_accepted"));
    assert_eq!(of(route("web", &refused("ResolvedRefs", "RefNotPermitted"))), told("route.not_accepted"));
    assert_eq!(of(route("web", &json!([]))), told("route.not_accepted"));
    assert_eq!(of(route("wob", &refused("ResolvedRefs", "BackendNotFound"))), told("service.missing"));
}

#[test]
fn a_load_balancer_that_somebody_works_on_is_waited_for_and_one_that_failed_is_not() {
    let service = json!({"metadata": meta("web"), "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}});
    let event = |reason: &str| {
        json!({"metadata": {"name": "e"}, "reason": reason, "message": "m", "type": "Normal",
            "lastTimestamp": "2026-01-01T00:00:10Z", "involvedObject": {"kind": "Service", "name": "web", "uid": "web"}})
    };
    let of = |reason: &str| words(&json!({"services": [service], "events": [event(reason)]}));
    assert_eq!(of("EnsuringLoadBalancer"), []);
    assert_eq!(of("SyncLoadBalancerFailed"), [("service.no_load_balancer".to_owned(), "grace")]);
    assert_eq!(words(&json!({"services": [service]})), [("service.no_load_balancer".to_owned(), "grace")]);
}

#[test]
fn a_load_balancer_explains_nothing_that_is_wrong_with_its_service() {
    let spec = json!({"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]});
    let service = json!({"metadata": meta("web"), "spec": spec});
    let told = words(&json!({"services": [service]}));
    let codes: Vec<_> = told.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["service.no_match", "service.no_load_balancer"]);
}

#[test]
fn who_is_killed_for_a_probe_again_is_told_so_though_no_more_events_come() {
    let last = |code: u8| json!({"exitCode": code, "reason": "Error", "startedAt": "2026-01-01T00:00:50Z", "finishedAt": "2026-01-01T00:00:56Z"});
    let of = |code: u8, reason: &str, message: &str, at: &str| {
        let status = json!({"phase": "Running", "containerStatuses": [{
            "name": "main", "image": "a", "imageID": "", "ready": true, "restartCount": 4,
            "state": {"running": {"startedAt": "2026-01-01T00:00:57Z"}}, "lastState": {"terminated": last(code)}}]});
        let probe = json!({"tcpSocket": {"port": 80}});
        let spec = json!({"nodeName": "n", "containers": [{"name": "main", "image": "a", "livenessProbe": probe}]});
        let event = json!({"metadata": {"name": "e"}, "reason": reason, "type": "Normal", "message": message, "lastTimestamp": at,
            "involvedObject": {"kind": "Pod", "name": "web", "uid": "web", "fieldPath": "spec.containers{main}"}});
        words(&json!({"pods": [{"metadata": meta("web"), "spec": spec, "status": status}], "events": [event]}))
    };
    let killing = "Container main failed liveness probe, will be restarted";
    let by_probe = vec![("probe.liveness_failing".to_owned(), "terminal")];
    let crash = vec![("workload.crash_loop".to_owned(), "terminal")];
    assert_eq!(of(137, "Killing", killing, "2026-01-01T00:00:20Z"), by_probe);
    assert_eq!(of(0, "Killing", killing, "2026-01-01T00:00:20Z"), by_probe);
    assert_eq!(of(1, "Killing", killing, "2026-01-01T00:00:20Z"), crash);
    assert_eq!(of(143, "Unhealthy", "Liveness probe failed: refused", "2026-01-01T00:00:55Z"), by_probe);
    assert_eq!(of(143, "Unhealthy", "Liveness probe failed: refused", "2026-01-01T00:00:20Z"), crash);
}

#[test]
fn whoever_has_just_passed_a_startup_probe_is_not_late_to_be_ready() {
    let of = |started: &str| {
        let status = json!({"phase": "Running", "containerStatuses": [{
            "name": "main", "image": "a", "imageID": "", "ready": false, "started": true, "restartCount": 0,
            "state": {"running": {"startedAt": started}}}]});
        let probe =
            |threshold: u8| json!({"exec": {"command": ["a"]}, "periodSeconds": 2, "failureThreshold": threshold});
        let container = json!({"name": "main", "image": "a", "startupProbe": probe(20), "readinessProbe": probe(3)});
        let spec = json!({"nodeName": "n", "containers": [container]});
        words(&json!({"pods": [{"metadata": meta("web"), "spec": spec, "status": status}]}))
    };
    assert_eq!(of("2026-01-01T00:00:20Z"), []);
    assert_eq!(of("2026-01-01T00:00:10Z"), [("probe.readiness_failing".to_owned(), "grace")]);
}

#[test]
fn a_job_that_a_quota_slows_is_told_and_fails_nobody() {
    let spec = json!({"parallelism": 3, "completions": 3, "template": {}});
    let job = json!({"metadata": meta("load"), "spec": spec, "status": {"active": 1}});
    let event = json!({"metadata": {"name": "e"}, "reason": "FailedCreate", "type": "Warning",
        "message": r#"Error creating: pods "a" is forbidden: exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1"#,
        "lastTimestamp": "2026-01-01T00:00:10Z", "involvedObject": {"kind": "Job", "name": "load", "uid": "load"}});
    assert_eq!(words(&json!({"jobs": [job], "events": [event]})), [("quota.exceeded".to_owned(), "wait")]);
}

#[test]
fn a_claim_whose_volume_is_gone_is_lost_before_the_cluster_says_so() {
    let claim = json!({"metadata": meta("data"), "spec": {"volumeName": "disk"}, "status": {"phase": "Bound"}});
    let volume = json!({"metadata": {"name": "disk"}, "spec": {}});
    assert_eq!(words(&json!({"claims": [claim]})), [("volume.lost".to_owned(), "terminal")]);
    assert_eq!(words(&json!({"claims": [claim], "volumes": [volume]})), []);
    let unread = json!([{"what": "persistentvolumes", "cause": "denied", "message": "403"}]);
    let unknown = words(&json!({"claims": [claim], "unread": unread}));
    assert_eq!(unknown, [("access.denied".to_owned(), "wait")]);
}

#[test]
fn a_claim_that_is_to_be_gone_waits_for_its_pods_and_explains_those_that_come_later() {
    let mut claim = json!({"metadata": meta("data"), "spec": {}, "status": {"phase": "Bound"}});
    claim["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:10Z");
    claim["metadata"]["finalizers"] = json!(["kubernetes.io/pvc-protection"]);
    let volumes = json!([{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]);
    let mut pod = json!({"metadata": meta("web"), "spec": {"containers": [], "volumes": volumes, "nodeName": "n"},
        "status": {"phase": "Running"}});
    let used = words(&json!({"claims": [claim], "pods": [pod]}));
    assert_eq!(used, [("object.stuck_terminating".to_owned(), "wait")]);
    claim["metadata"]["finalizers"] = json!(["example.com/hold"]);
    let message = r#"0/1 nodes are available: persistentvolumeclaim "data" is being deleted. preemption: none."#;
    pod["status"] = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
        "reason": "Unschedulable", "message": message, "lastTransitionTime": "2026-01-01T00:00:20Z"}]});
    pod["spec"]["nodeName"] = Value::Null;
    let late = found(&json!({"claims": [claim], "pods": [pod]}));
    assert_eq!((late.len(), late[0].code.as_str()), (1, "object.stuck_terminating"));
    assert_eq!(late[0].symptoms[0].code.as_str(), "scheduling.volume_unbound");
}

#[test]
fn only_policies_that_stand_in_a_troubled_pods_way_are_candidates() {
    let pod = |name: &str, ready: bool| {
        let mut meta = meta(name);
        meta["labels"] = json!({"app": name});
        let status = json!({"phase": "Running", "initContainerStatuses": [{
            "name": "wait", "image": "a", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"running": {"startedAt": "2026-01-01T00:00:01Z"}}}]});
        let init = json!([{"name": "wait", "image": "a"}]);
        let (spec, status) = if ready {
            (
                json!({"nodeName": "n", "containers": []}),
                json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}),
            )
        } else {
            (json!({"nodeName": "n", "containers": [], "initContainers": init}), status)
        };
        json!({"metadata": meta, "spec": spec, "status": status})
    };
    let service = json!({"metadata": meta("db"), "spec": {"selector": {"app": "db"}, "ports": [{"port": 5432}]}});
    let of = |spec: Value| {
        let policy = json!({"metadata": meta("guard"), "spec": spec});
        let pods = [pod("api", false), pod("db", true)];
        let found = found(&json!({"pods": pods, "services": [service], "network_policies": [policy]}));
        found.iter().filter(|one| one.code.as_str() == "network.policy_candidate").count()
    };
    let api = json!({"podSelector": {"matchLabels": {"app": "api"}}});
    let web = json!({"podSelector": {"matchLabels": {"app": "web"}}});
    let db = json!({"matchLabels": {"app": "db"}});
    assert_eq!(of(json!({"podSelector": db, "policyTypes": ["Ingress"]})), 1);
    assert_eq!(of(json!({"podSelector": db, "policyTypes": ["Ingress"], "ingress": [{"from": [web]}]})), 1);
    assert_eq!(of(json!({"podSelector": db, "policyTypes": ["Ingress"], "ingress": [{"from": [api]}]})), 0);
    assert_eq!(of(json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": 5432}]}]})), 1);
    assert_eq!(of(json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": 53}]}]})), 0);
    assert_eq!(of(json!({"podSelector": {"matchLabels": {"app": "other"}}, "policyTypes": ["Ingress", "Egress"]})), 0);
}
