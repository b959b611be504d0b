//! When a switch is one: on a made-up cluster with one Service, whose address nobody reaches from here.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use eve_core::{
    Address, Deadline, Env, EnvironmentId, Fence, Incarnation, InstanceRef, ObjectId, ObjectName, OpCx, OpId, RouteId,
    RouteSpec, RouteTarget, Routes as _, ServiceName, SystemEnv, codes,
};
use eve_runtime_k8s::{K8sConfig, K8sHost, K8sRoutes};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

/// An address that nobody connects to: it is that of all.
const NOWHERE: &str = "255.255.255.255";

/// The Service, and what the cluster says to who asks it by way of the API server.
#[derive(Clone)]
struct Cluster {
    service: Arc<Mutex<Value>>,
    relayed: Arc<dyn Fn() -> (StatusCode, Value) + Send + Sync>,
}

impl Cluster {
    fn new(leads: &Value, relayed: impl Fn() -> (StatusCode, Value) + Send + Sync + 'static) -> Self {
        let annotations = json!({ "eve.route": spec().to_string(), "eve.route.leads": leads.to_string() });
        let service = json!({ "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": "web", "resourceVersion": "7", "annotations": annotations },
            "spec": { "clusterIP": NOWHERE } });
        Self { service: Arc::new(Mutex::new(service)), relayed: Arc::new(relayed) }
    }

    fn routes(&self) -> K8sRoutes {
        let this = self.clone();
        let service = service_fn(move |request: Request<Body>| {
            let this = this.clone();
            async move { Ok::<_, Infallible>(this.answer(request).await) }
        });
        K8sHost::with_client(K8sConfig::new(), Client::new(service, "default")).routes()
    }

    fn service(&self) -> MutexGuard<'_, Value> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: Request<Body>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let (status, body) = if path.contains("/proxy/") {
            (self.relayed)()
        } else if request.method() == Method::PATCH {
            let sent = request.into_body().collect().await.expect("what is sent comes whole").to_bytes();
            let applied: Value = serde_json::from_slice(&sent).expect("an applied object is JSON");
            let mut service = self.service();
            service["metadata"]["annotations"]["eve.route.leads"] =
                applied["metadata"]["annotations"]["eve.route.leads"].clone();
            service["spec"]["selector"] = applied["spec"]["selector"].clone();
            (StatusCode::OK, service.clone())
        } else if request.uri().query().is_some_and(|query| query.contains("watch=true")) {
            // Nothing changes any more.
            std::future::pending().await
        } else if path.ends_with("/endpointslices") {
            let endpoint = json!({ "addresses": ["10.0.0.9"], "targetRef": { "kind": "Pod", "name": "web-2-pod" } });
            let meta = json!({ "name": "web-s", "labels": { "kubernetes.io/service-name": "web" } });
            (StatusCode::OK, list(&json!({ "addressType": "IPv4", "metadata": meta, "endpoints": [endpoint] })))
        } else if path.ends_with("/pods/web-2-pod") {
            let labels = json!({ "eve.object": "web-2" });
            (StatusCode::OK, json!({ "metadata": { "name": "web-2-pod", "labels": labels } }))
        } else if path.ends_with("/services") {
            (StatusCode::OK, list(&self.service().clone()))
        } else {
            (StatusCode::OK, self.service().clone())
        };
        let answer = Response::builder().status(status).header("content-type", "application/json");
        answer.body(Full::new(Bytes::from(body.to_string()))).expect("a valid answer")
    }
}

fn list(item: &Value) -> Value {
    json!({ "kind": "List", "apiVersion": "v1", "metadata": { "resourceVersion": "7" }, "items": [item] })
}

/// What stands on the Service, whoever it leads to.
fn spec() -> Value {
    let mut spec = RouteSpec::new(route(), ServiceName::new("web").expect("a valid name"), 8080);
    "/health".clone_into(&mut spec.confirm_path);
    json!(spec)
}

/// What stands there of a route that leads to a release.
fn leads(to: &str, before: Option<&str>) -> Value {
    let mut leads = json!({ "to": [target(to)] });
    if let Some(before) = before {
        leads["before"] = json!([target(before)]);
    }
    leads
}

fn route() -> RouteId {
    RouteId::Internal { service: ServiceName::new("web").expect("a valid name") }
}

fn target(name: &str) -> RouteTarget {
    let object = ObjectId::new("deployment", ObjectName::new(name).expect("a valid name"));
    let instance = InstanceRef::new(object, Incarnation::new(name));
    RouteTarget { instance, address: Address::new("10.0.0.1", 8080) }
}

fn environment() -> EnvironmentId {
    EnvironmentId::parse("acme/shop/dev").expect("a valid address")
}

fn cx() -> OpCx {
    let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
    let deadline = Deadline::after(&*env, Duration::from_secs(6));
    OpCx::new(env, environment(), OpId::new("switch"), Fence::new(1), deadline)
}

fn refused() -> (StatusCode, Value) {
    let text = "error trying to reach service: dial tcp 10.0.0.9:8080: connect: connection refused";
    let status = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 503,
        "reason": "ServiceUnavailable", "message": text, "metadata": {} });
    (StatusCode::SERVICE_UNAVAILABLE, status)
}

fn answered() -> (StatusCode, Value) {
    (StatusCode::OK, json!("I am well"))
}

/// Where the route leads, and whether that was confirmed.
async fn seen(routes: &K8sRoutes) -> (String, bool) {
    let seen = routes.observe(&environment()).await.expect("it can be observed");
    let one = seen.first().expect("there is the route");
    (one.targets[0].instance.object.name.to_string(), one.confirmed)
}

#[tokio::test]
async fn a_service_that_nobody_reaches_and_nobody_answers_for_is_no_switch() {
    let cluster = Cluster::new(&leads("web-1", None), refused);
    let routes = cluster.routes();
    let error = routes.switch(&route(), &[target("web-2")], &cx()).await.expect_err("nobody answered");
    assert_eq!(error.code(), &codes::ROUTE_UNCONFIRMED);
    assert_eq!(seen(&routes).await, ("web-1".to_owned(), true), "it is taken back");
    assert_eq!(cluster.service()["spec"]["selector"]["eve.object"], "web-1");
}

#[tokio::test]
async fn where_the_cluster_may_not_be_asked_what_it_knows_is_enough_after_a_while() {
    let denied = || {
        let status = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403,
            "reason": "Forbidden", "message": "services \"web:8080\" is forbidden", "metadata": {} });
        (StatusCode::FORBIDDEN, status)
    };
    let cluster = Cluster::new(&leads("web-1", None), denied);
    let routes = cluster.routes();
    routes.switch(&route(), &[target("web-2")], &cx()).await.expect("the cluster knows the new pods alone");
    assert_eq!(seen(&routes).await, ("web-2".to_owned(), true));
}

#[tokio::test]
async fn where_its_address_is_not_reached_the_cluster_is_asked_for_an_answer() {
    let cluster = Cluster::new(&leads("web-1", None), answered);
    let routes = cluster.routes();
    routes.switch(&route(), &[target("web-2")], &cx()).await.expect("a pod answered");
    assert_eq!(seen(&routes).await, ("web-2".to_owned(), true));
}

#[tokio::test]
async fn a_switch_whose_engine_died_before_it_was_confirmed_is_confirmed_by_the_next() {
    let cluster = Cluster::new(&leads("web-2", Some("web-1")), answered);
    let routes = cluster.routes();
    assert_eq!(seen(&routes).await, ("web-2".to_owned(), false));
    routes.switch(&route(), &[target("web-2")], &cx()).await.expect("a pod answered");
    assert_eq!(seen(&routes).await, ("web-2".to_owned(), true));
}

#[tokio::test]
async fn a_switch_whose_engine_died_and_that_nobody_can_confirm_is_taken_back_by_the_next() {
    let cluster = Cluster::new(&leads("web-2", Some("web-1")), refused);
    let routes = cluster.routes();
    let error = routes.switch(&route(), &[target("web-2")], &cx()).await.expect_err("nobody answered");
    assert_eq!(error.code(), &codes::ROUTE_UNCONFIRMED);
    assert_eq!(seen(&routes).await, ("web-1".to_owned(), true));
}
