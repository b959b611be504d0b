//! The example project, read and lowered.

use std::time::Duration;

use eve_core::desired::{Dependency, Probe, Source};
use eve_core::pipeline::Action;
use eve_core::{Desired, EnvName, OrgName, Origin, Part, ServiceName};
use eve_manifest::{Limits, Lowered, Manifest, Target, Text};

const TEXT: &str = include_str!("../../../examples/quickstart/.eve/manifest.yaml");

fn lowered() -> Lowered {
    let manifest = Manifest::parse(Text { file: ".eve/manifest.yaml", text: TEXT }, &Limits::default()).unwrap();
    manifest.lower(&Target::new(OrgName::new("local").unwrap())).unwrap()
}

fn environment(lowered: &Lowered, name: &str) -> Desired {
    lowered.project.environment(&EnvName::new(name).unwrap()).unwrap().desired.clone()
}

fn service(name: &str) -> ServiceName {
    ServiceName::new(name).unwrap()
}

#[test]
fn the_example_has_no_warnings() {
    assert_eq!(lowered().warnings, []);
}

#[test]
fn the_example_has_two_environments_that_differ_by_replicas() {
    let lowered = lowered();
    assert_eq!(lowered.project.name.as_str(), "quickstart");
    let (sandbox, staging) = (environment(&lowered, "sandbox"), environment(&lowered, "staging"));
    assert_eq!(sandbox.services[&service("web")].replicas, 1);
    assert_eq!(staging.services[&service("web")].replicas, 2);
    assert_eq!(sandbox.origins.of("services.web.replicas"), &Origin::Default);
    assert!(matches!(staging.origins.of("services.web.replicas"), Origin::Override { line: 49, .. }));
}

#[test]
fn the_services_are_what_the_example_says() {
    let sandbox = environment(&lowered(), "sandbox");
    let (api, web) = (&sandbox.services[&service("api")], &sandbox.services[&service("web")]);
    let Source::Build(build) = &api.source else { panic!("api is built") };
    assert_eq!(build.context, "./api");
    assert_eq!(api.process.argv(), ["quickstart", "serve", "api"]);
    assert_eq!(web.ports[0].number, 8081);
    assert_eq!(web.depends_on[&service("api")], Dependency::Healthy);
    assert_eq!(web.rollout.window, Some(Duration::from_secs(2)));
    let probe = Probe::Http { port: None, path: "/healthz".to_owned() };
    assert_eq!(web.health.as_ref().unwrap().probe, probe);
    let url = web.process.environment.values().next().unwrap();
    assert_eq!(url.parts(), [Part::ServiceUrl(service("api"))]);
    assert_eq!(sandbox.secrets().keys().map(eve_core::SecretName::as_str).collect::<Vec<_>>(), ["API_TOKEN"]);
    assert_eq!(sandbox.jobs.keys().map(ServiceName::as_str).collect::<Vec<_>>(), ["migrate", "smoke"]);
}

#[test]
fn only_web_is_reached_from_outside() {
    let sandbox = environment(&lowered(), "sandbox");
    let [route] = sandbox.routes.as_slice() else { panic!("one route") };
    assert_eq!(route.host.as_str(), "web.local-quickstart-sandbox.lvh.me");
    assert_eq!((route.service.as_str(), route.port), ("web", 8081));
}

#[test]
fn the_pipeline_goes_from_build_to_smoke() {
    let lowered = lowered();
    let (name, pipeline) = lowered.project.pipeline_of(&EnvName::new("sandbox").unwrap()).unwrap();
    assert_eq!(name.unwrap().as_str(), "deploy");
    let actions: Vec<_> = pipeline.steps.iter().map(|step| step.action.clone()).collect();
    let job = |name| Action::Job { service: service(name) };
    let build = Action::Build { services: Vec::new() };
    assert_eq!(actions, [build, Action::Release, job("migrate"), Action::Deploy, job("smoke")]);
    assert_eq!(pipeline.steps[4].needs[0].as_str(), "deploy");
}

#[test]
fn every_value_has_an_origin_of_its_own_place() {
    let sandbox = environment(&lowered(), "sandbox");
    let at = |path: &str| sandbox.origins.of(path).to_string();
    assert_eq!(at("services.api"), ".eve/manifest.yaml:6:3");
    assert_eq!(at("services.api.environment.TOKEN"), ".eve/manifest.yaml:11:14");
    assert_eq!(at("services.web.rollout.window"), ".eve/manifest.yaml:28:26");
    assert_eq!(at("services.web.restart"), "default");
    assert_eq!(at("routes.0"), ".eve/manifest.yaml:25:16");
}
