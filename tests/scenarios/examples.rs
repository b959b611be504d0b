//! The manifests of `examples/manifests`: each is read, planned and rendered, in every environment.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eve::k8s::{Ingress, IngressClass, K8sConfig, K8sName, manifests};
use eve::manifest::{Limits, Lowered, Manifest, Target, Text};
use eve::memory::MemorySecretStore;
use eve::plan::PlannedAddresses;
use eve::{
    Artifact, Bound, DeployRequest, Digest, Engine, EnvName, Environment, Loss, OrgName, Project, ProjectName, Secret,
    SecretScope, SecretStore as _, SourceDir, SystemEnv,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/manifests")
}

/// The names of the manifests.
fn names() -> Vec<String> {
    let entries = fs::read_dir(folder()).expect("the folder is there").flatten();
    let stem = |path: PathBuf| path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
    let mut names: Vec<String> = entries.filter_map(|entry| stem(entry.path())).collect();
    names.sort();
    names
}

fn read(name: &str, target: &Target) -> Lowered {
    let file = format!("{name}.yaml");
    let text = fs::read_to_string(folder().join(&file)).expect("it can be read");
    let manifest = Manifest::parse(Text { file: &file, text: &text }, &Limits::default());
    manifest.and_then(|manifest| manifest.lower(target)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn target() -> Target {
    Target::new(OrgName::new("acme").expect("a valid name"))
}

/// What an environment is bound to once all secrets that it needs are there, and what its plan loses.
async fn planned(project: &Project, name: &EnvName, environment: &Environment) -> (Bound, Vec<Loss>, usize) {
    let secrets = MemorySecretStore::new();
    let scope = SecretScope::Environment(project.environment_id(name));
    for name in environment.desired.secrets().into_keys() {
        secrets.put(&scope, &name, Secret::new("x")).await.expect("it is kept");
    }
    let engine = Engine::builder(Arc::new(SystemEnv::new())).secrets(Arc::new(secrets)).in_memory().build();
    let request = DeployRequest::new(project.clone(), name.clone()).with_source(SourceDir::new("."));
    let prepared = engine.expect("all parts are there").plan(&request).await.unwrap_or_else(|error| panic!("{error}"));
    (prepared.bound, prepared.plan.losses.clone(), prepared.plan.operations().count())
}

/// The objects that it becomes on a cluster, counted by kind.
async fn rendered(mut bound: Bound) -> BTreeMap<String, usize> {
    // Built here, they would be in no registry.
    for (service, artifact) in &mut bound.artifacts {
        let repository = format!("registry.example/{service}");
        *artifact = Artifact::Image { repository, digest: Digest::of(service.as_str()) };
    }
    let class = IngressClass::new(K8sName::new("nginx").expect("a valid name"));
    let config = K8sConfig::new().with_ingress(Ingress::Class(class));
    let routes = eve::memory::MemoryRoutes::new();
    let addresses = PlannedAddresses::of(&bound.desired, &routes).await.expect("addresses are there");
    let mut kinds = BTreeMap::new();
    for object in manifests(&config, &bound, &addresses).unwrap_or_else(|error| panic!("{error}")) {
        *kinds.entry(object["kind"].as_str().expect("an object has a kind").to_owned()).or_default() += 1;
    }
    kinds
}

/// What becomes of a manifest, in short.
async fn told(name: &str) -> String {
    let Lowered { project, warnings, .. } = read(name, &target());
    let mut out = String::new();
    for warning in &warnings {
        let _ = writeln!(out, "{} {}:{} {}", warning.code, warning.line, warning.column, warning.message);
    }
    for (name, environment) in &project.environments {
        let (bound, losses, operations) = planned(&project, name, environment).await;
        let _ = writeln!(out, "\n{name}");
        let services: Vec<_> = bound.desired.services.keys().map(ToString::to_string).collect();
        let jobs: Vec<_> = bound.desired.jobs.keys().map(ToString::to_string).collect();
        let _ = writeln!(out, "  services: {}\n  jobs: {}", services.join(" "), jobs.join(" "));
        for (secret, places) in bound.desired.secrets() {
            let _ = writeln!(out, "  secret {secret}: {}", places.join(" "));
        }
        for route in &bound.desired.routes {
            let _ = writeln!(out, "  {} -> {}", route.host, route.service);
        }
        for loss in losses {
            let _ = writeln!(out, "  {:?} {}: {}", loss.grade, loss.path, loss.reason);
        }
        let _ = writeln!(out, "  operations: {operations}");
        let kinds: Vec<_> = rendered(bound).await.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let _ = writeln!(out, "  objects: {}", kinds.join(", "));
    }
    out
}

/// `UPDATE_GOLDEN=1` writes what becomes of them now.
#[tokio::test]
async fn the_examples_are_read_planned_and_rendered_as_they_were() {
    let golden = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/scenarios/golden/{name}.txt"));
    assert_eq!(names(), ["agent-platform", "gateway", "previews", "web-stack"]);
    for name in names() {
        let now = told(&name).await;
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(golden(&name), &now).expect("it can be written");
        }
        let then = fs::read_to_string(golden(&name)).unwrap_or_default();
        assert!(now == then, "{name} becomes something else; look at it, and run with UPDATE_GOLDEN=1:\n{now}");
    }
}

#[test]
fn two_previews_of_one_manifest_share_nothing() {
    let of = |request: u32| {
        let project = ProjectName::new(format!("docs-site-{request}")).expect("a valid name");
        let project = read("previews", &target().with_project(project)).project;
        let preview = EnvName::new("preview").expect("a valid name");
        let desired = project.environments[&preview].desired.clone();
        (desired.environment, desired.routes[0].host.clone())
    };
    let ((one, one_host), (two, two_host)) = (of(17), of(18));
    assert_ne!(one, two);
    assert_ne!(one_host, two_host);
    assert_ne!(eve::naming::namespace(&one), eve::naming::namespace(&two));
}
