//! What a cluster cannot be made to do: answers that are given here.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use eve_core::desired::Service;
use eve_core::{
    Addresses, Bound, Deadline, Desired, Env, EnvironmentId, Error, Fence, Op, OpCx, Result, Runtime as _, ServiceName,
    SystemEnv, codes,
};
use eve_runtime_k8s::{K8sConfig, K8sHost};
use futures_util::{StreamExt as _, stream};
use http::{Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

use crate::programs;

pub(crate) type Answer = Response<UnsyncBoxBody<Bytes, io::Error>>;

/// What was asked for, in order: method and path.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    fn note(&self, request: &Request<Body>) -> usize {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = format!("{} {}", request.method(), request.uri());
        let before = all.iter().filter(|one| **one == line).count();
        all.push(line);
        before
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A cluster that answers so: `answer` is told the request, and how often the same was asked before.
pub(crate) fn cluster(answer: impl Fn(&Request<Body>, usize) -> Answer + Send + Sync + 'static) -> (K8sHost, Asked) {
    let asked = Asked::default();
    let (noted, answer) = (asked.clone(), Arc::new(answer));
    let service = service_fn(move |request: Request<Body>| {
        let before = noted.note(&request);
        let answer = answer(&request, before);
        async move { Ok::<_, Infallible>(answer) }
    });
    (K8sHost::with_client(K8sConfig::new(), Client::new(service, "default")), asked)
}

pub(crate) fn answer(status: StatusCode, body: &Value) -> Answer {
    let mut answer = text(body.to_string());
    *answer.status_mut() = status;
    answer
}

pub(crate) fn text(text: impl Into<Bytes>) -> Answer {
    Response::new(Full::new(text.into()).map_err(|never| match never {}).boxed_unsync())
}

/// An answer that breaks off.
pub(crate) fn broken_off(text: &'static str) -> Answer {
    let parts = [Ok(Frame::data(Bytes::from_static(text.as_bytes()))), Err(io::ErrorKind::ConnectionReset.into())];
    Response::new(StreamBody::new(stream::iter(parts)).boxed_unsync())
}

pub(crate) fn refusal(code: u16, reason: &str, message: &str) -> Answer {
    let status = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
        "message": message, "metadata": {} });
    answer(StatusCode::from_u16(code).expect("a valid status"), &status)
}

pub(crate) fn nothing(request: &Request<Body>) -> Answer {
    if is_watch(request) {
        let body = StreamBody::new(stream::pending::<io::Result<Frame<Bytes>>>());
        return Response::new(body.boxed_unsync());
    }
    if request.uri().path().starts_with("/api/v1/namespaces/eve-") && request.uri().path().matches('/').count() == 4 {
        return refusal(404, "NotFound", "namespaces not found");
    }
    answer(
        StatusCode::OK,
        &json!({ "kind": "List", "apiVersion": "v1", "metadata": { "resourceVersion": "1" }, "items": [] }),
    )
}

fn is_watch(request: &Request<Body>) -> bool {
    request.uri().query().is_some_and(|query| query.contains("watch=true"))
}

pub(crate) fn environment() -> EnvironmentId {
    EnvironmentId::parse("acme/shop/dev").expect("a valid address")
}

pub(crate) fn want(service: Service) -> Bound {
    let mut desired = Desired::empty(environment());
    desired.services = BTreeMap::from([(ServiceName::new("web").expect("a valid name"), service)]);
    Bound::unreleased(desired)
}

pub(crate) struct Nowhere;

impl Addresses for Nowhere {
    fn service_url(&self, service: &ServiceName) -> Result<String> {
        Err(Error::invalid(codes::SERVICE_NO_URL, format!("{service} has no address")))
    }
}

async fn first_op(host: &K8sHost) -> Op {
    let seen = host.runtime().observe(&environment()).await.expect("it can be observed");
    let changes = host.runtime().plan(&want(programs::serves()), &seen, &Nowhere).expect("it can be planned");
    changes.ensure.into_iter().next().expect("there is something to do")
}

pub(crate) fn cx(op: &Op) -> OpCx {
    let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
    let deadline = Deadline::after(&*env, Duration::from_secs(5));
    OpCx::new(env, environment(), op.id.clone(), Fence::new(1), deadline)
}

#[tokio::test]
async fn a_right_that_is_missing_is_named() {
    let (host, _) = cluster(|request, _| match request.uri().path() {
        path if path.ends_with("/secrets") => {
            refusal(403, "Forbidden", "secrets is forbidden: User \"eve\" cannot list resource \"secrets\"")
        }
        _ => nothing(request),
    });
    let error = host.runtime().observe(&environment()).await.expect_err("secrets cannot be listed");
    assert_eq!(error.code(), &codes::ACCESS_DENIED);
    assert!(error.to_string().contains("secret"), "{error}");
    assert!(!error.is_retryable(), "nobody gets rights by asking again");
}

#[tokio::test]
async fn commands_are_run_only_where_the_host_lets_them_be() {
    let (host, _) = cluster(|request, _| nothing(request));
    assert!(host.runtime().exec().is_none() && !host.runtime().capabilities().exec);
    let host = K8sHost::with_client(K8sConfig::new().with_exec(true), host.client());
    assert!(host.runtime().exec().is_some() && host.runtime().capabilities().exec);
}

#[tokio::test]
async fn a_cluster_that_fails_is_asked_again_and_one_that_is_overloaded_too() {
    for code in [429, 500, 503] {
        let (host, _) = cluster(move |_, _| refusal(code, "", "not now"));
        let error = host.runtime().observe(&environment()).await.expect_err("it fails");
        assert_eq!(error.code(), &codes::BACKEND_UNAVAILABLE, "{code}");
        assert!(error.is_retryable(), "{code}");
    }
}

#[tokio::test]
async fn without_its_rights_nothing_is_changed() {
    let (host, asked) = cluster(|request, _| match request.uri().path() {
        path if path.ends_with("/selfsubjectrulesreviews") => {
            let rule = json!({ "apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"] });
            let status = json!({ "resourceRules": [rule], "nonResourceRules": [], "incomplete": false });
            let review = json!({ "kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1",
                "metadata": {}, "spec": {}, "status": status });
            answer(StatusCode::CREATED, &review)
        }
        _ => nothing(request),
    });
    let op = first_op(&host).await;
    let error = host.runtime().perform(&op, &cx(&op)).await.expect_err("it may do nothing");
    assert_eq!(error.code(), &codes::ACCESS_DENIED);
    assert!(error.to_string().contains("create deployments.apps"), "{error}");
    let changed: Vec<_> =
        asked.all().into_iter().filter(|one| one.starts_with("PATCH") || one.starts_with("DELETE")).collect();
    assert!(changed.is_empty(), "{changed:?}");
}

#[tokio::test]
async fn what_others_manage_is_named_and_not_forced() {
    let (host, asked) = cluster(|request, _| match request.method().as_str() {
        "PATCH" => {
            let cause = json!({ "reason": "FieldManagerConflict", "field": ".metadata.labels.tier",
                "message": "conflict with \"kubectl-edit\" using v1" });
            let status = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 409,
                "reason": "Conflict", "message": "Apply failed with 1 conflict", "metadata": {}, "details": { "causes": [cause] } });
            answer(StatusCode::CONFLICT, &status)
        }
        "POST" => {
            let all = json!({ "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"] });
            let status = json!({ "resourceRules": [all], "nonResourceRules": [], "incomplete": false });
            answer(
                StatusCode::CREATED,
                &json!({ "kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1",
                "metadata": {}, "spec": {}, "status": status }),
            )
        }
        _ => nothing(request),
    });
    let op = first_op(&host).await;
    let error = host.runtime().perform(&op, &cx(&op)).await.expect_err("somebody else holds a field");
    assert_eq!(error.code(), &codes::OBJECT_CONFLICT);
    assert!(error.to_string().contains("metadata.labels.tier (kubectl-edit)"), "{error}");
    assert!(asked.all().iter().all(|one| !one.contains("force=true")), "{:?}", asked.all());
}

#[tokio::test]
async fn a_watch_that_is_refused_once_goes_on() {
    let (host, _) = cluster(|request, before| {
        let is_pods = request.uri().path().ends_with("/pods");
        if is_pods && before == 0 { refusal(500, "InternalError", "etcd is away") } else { nothing(request) }
    });
    let mut watch = host.runtime().watch(&environment());
    let gap = watch.next().await.expect("it goes on").expect_err("the first list failed");
    assert_eq!(gap.code(), &codes::BACKEND_UNAVAILABLE);
    let seen = tokio::time::timeout(Duration::from_secs(20), watch.next()).await.expect("in time");
    assert!(seen.expect("it goes on").expect("the second list came").objects.is_empty());
}

#[tokio::test]
async fn a_version_that_is_too_old_is_listed_again() {
    let (host, asked) = cluster(|request, before| {
        if request.uri().path().ends_with("/pods") && is_watch(request) && before == 0 {
            let status = json!({ "type": "ERROR", "object": { "kind": "Status", "apiVersion": "v1", "metadata": {},
                "status": "Failure", "code": 410, "reason": "Expired", "message": "too old resource version" } });
            return text(format!("{status}\n"));
        }
        nothing(request)
    });
    let mut watch = host.runtime().watch(&environment());
    let lists =
        |asked: &Asked| asked.all().iter().filter(|one| one.contains("/pods?") && !one.contains("watch=true")).count();
    let again = async {
        while lists(&asked) < 2 {
            let _ = tokio::time::timeout(Duration::from_millis(100), watch.next()).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), again).await.expect("the pods are listed again");
}
