//! What environments become, looked at as a whole: beside what was written down, and by a server.

use std::collections::BTreeSet;
use std::path::PathBuf;

use eve_core::desired::{
    FileMount, HealthCheck, Limits, Mount, Port, Probe, PublicRoute, Restart, SecretFile, Strategy,
};
use eve_core::{
    Addresses, Bound, ByteSize, Desired, EnvironmentId, HostName, MilliCpu, Result, SecretName, SecretVersion,
    ServiceName, Template, VarName, VolumeName, naming,
};
use eve_runtime_k8s::{GatewayRef, Ingress, IngressClass, K8sConfig, K8sName, PodSecurity, Tls, manifests};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::Value;

use crate::{cluster, programs};

pub(crate) struct Plain;

impl Addresses for Plain {
    fn service_url(&self, service: &ServiceName) -> Result<String> {
        Ok(format!("http://{service}:8080"))
    }
}

fn name(text: &str) -> K8sName {
    K8sName::new(text).expect("a valid name")
}

fn environment() -> EnvironmentId {
    EnvironmentId::parse("acme/shop/prod").expect("a valid address")
}

/// An environment with something of everything.
pub(crate) fn want(environment: EnvironmentId) -> Bound {
    let mut desired = Desired::empty(environment);
    let mut web = programs::serves();
    web.replicas = 3;
    web.health = Some(HealthCheck::new(Probe::Http { port: None, path: "/health".to_owned() }));
    web.resources.requests = limits(100, 64 << 20);
    web.resources.limits = limits(500, 128 << 20);
    let variable = |text: &str| VarName::new(text).expect("a valid name");
    let secret = SecretName::new("TOKEN").expect("a valid name");
    web.process.environment.insert(variable("TOKEN"), Template::secret(secret.clone()));
    web.process.environment.insert(variable("PRICE"), Template::text("5 $(USD) for $$5"));
    let api = ServiceName::new("api").expect("a valid name");
    web.process.environment.insert(variable("API_URL"), Template::service_url(api));
    web.files.push(FileMount::text("hello", "/etc/app/greeting"));
    web.secrets.push(SecretFile::new(secret.clone()));
    let mut api = programs::serves();
    api.rollout.strategy = Some(Strategy::Rolling);
    let mut db = programs::serves();
    let mut mount = Mount::new(VolumeName::new("data").expect("a valid name"), "/data");
    mount.single_writer = true;
    db.mounts.push(mount);
    let mut once = programs::shell("exit 0");
    once.restart = Restart::Never;
    once.ports = vec![Port::tcp(9000)];
    for (name, service) in [("web", web), ("api", api), ("db", db), ("once", once)] {
        desired.services.insert(ServiceName::new(name).expect("a valid name"), service);
    }
    let host = HostName::new("shop.example.org").expect("a valid host");
    desired.routes.push(PublicRoute::new(ServiceName::new("web").expect("a valid name"), host, 8080));
    let mut want = Bound::unreleased(desired);
    want.secrets.insert(secret, SecretVersion::new("v1"));
    want
}

fn limits(cpu: u32, memory: u64) -> Limits {
    let mut limits = Limits::default();
    limits.cpu = Some(MilliCpu::new(cpu));
    limits.memory = Some(ByteSize::bytes(memory));
    limits
}

/// Every way in which an environment can be held.
fn configs() -> Vec<(&'static str, K8sConfig)> {
    let class = IngressClass::new(name("nginx"));
    vec![
        ("outside", K8sConfig::new()),
        (
            "ingress",
            K8sConfig::new()
                .with_ingress(Ingress::Class(class.clone().with_tls(Tls::Issuer(name("letsencrypt")))))
                .with_pull_secret(name("registry"))
                .with_storage(Some(name("fast")), ByteSize::bytes(1 << 31)),
        ),
        ("wildcard", K8sConfig::new().with_ingress(Ingress::Class(class.with_tls(Tls::Wildcard(name("wildcard")))))),
        (
            "gateway",
            K8sConfig::new()
                .with_ingress(Ingress::Gateway(GatewayRef::new(name("infra"), name("edge")).with_listener(name("web"))))
                .with_pod_security(PodSecurity::Restricted)
                .without_network_policy(),
        ),
    ]
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/k8s/golden/{name}.json"))
}

/// `UPDATE_GOLDEN=1` writes what is rendered now.
#[test]
fn environments_are_rendered_as_they_were() {
    for (name, config) in configs() {
        let rendered = manifests(&config, &want(environment()), &Plain).expect("it can be rendered");
        let text = serde_json::to_string_pretty(&rendered).expect("objects have a stored form") + "\n";
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(golden(name), &text).expect("it can be written");
        }
        let written = std::fs::read_to_string(golden(name)).expect("it was written down");
        assert!(written == text, "{name} is rendered otherwise; look at it, and run with UPDATE_GOLDEN=1");
    }
}

#[test]
fn what_is_rendered_holds_no_secret_and_no_file() {
    let rendered = manifests(&K8sConfig::new(), &want(environment()), &Plain).expect("it can be rendered");
    let of = |kind: &str| rendered.iter().filter(|object| object["kind"] == kind).collect::<Vec<_>>();
    assert!(of("Secret").iter().all(|secret| secret.get("data").is_none() && secret.get("stringData").is_none()));
    let kinds: BTreeSet<&str> = rendered.iter().filter_map(|object| object["kind"].as_str()).collect();
    let expected = [
        "ConfigMap",
        "Deployment",
        "Job",
        "Namespace",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "Secret",
        "Service",
        "ServiceAccount",
        "StatefulSet",
    ];
    assert_eq!(kinds, BTreeSet::from(expected));
}

#[tokio::test]
#[ignore = "needs kubernetes: a server's dry run judges every object"]
async fn a_server_takes_every_object() {
    let client = cluster::open(|config| config).await.expect("there is a cluster").client();
    let own = format!("eve-test-{:08x}", cluster::random() & 0xffff_ffff);
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(own.clone());
    namespaces.create(&PostParams::default(), &namespace).await.expect("a namespace can be made");
    let mut refused = Vec::new();
    for (name, config) in configs() {
        for mut object in manifests(&config, &want(environment()), &Plain).expect("it can be rendered") {
            // Not every cluster serves Gateways.
            if object["kind"] == "HTTPRoute" {
                continue;
            }
            if object["kind"] != "Namespace" {
                object["metadata"]["namespace"] = own.clone().into();
            }
            if let Err(error) = dry_run(&client, &own, &object).await {
                refused.push(format!("{name}: {} {}: {error}", object["kind"], object["metadata"]["name"]));
            }
        }
    }
    namespaces.delete(&own, &DeleteParams::default()).await.expect("it can be removed");
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert_ne!(own, naming::namespace(want(environment()).environment()), "nobody else's namespace was used");
}

async fn dry_run(client: &kube::Client, namespace: &str, object: &Value) -> kube::Result<DynamicObject> {
    let text = |key: &str| object[key].as_str().unwrap_or_default();
    let (group, version) = text("apiVersion").split_once('/').unwrap_or(("", text("apiVersion")));
    let kind = kube::core::GroupVersionKind::gvk(group, version, text("kind"));
    let resource = ApiResource::from_gvk(&kind);
    let api: Api<DynamicObject> = match text("kind") {
        "Namespace" => Api::all_with(client.clone(), &resource),
        _ => Api::namespaced_with(client.clone(), namespace, &resource),
    };
    let params = PatchParams { dry_run: true, ..PatchParams::apply("eve-test").validation_strict() };
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    api.patch(name, &params, &Patch::Apply(object)).await
}
