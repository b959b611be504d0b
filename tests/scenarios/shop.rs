//! The project that the stories deploy, built in code.

use std::time::Duration;

use eve::desired::{BuildSpec, HealthCheck, Job, Port, Probe, PublicRoute, Service, Source};
use eve::pipeline::{Action, Step};
use eve::{
    Desired, Digest, EnvName, Environment, EnvironmentId, HostName, Pipeline, PipelineName, Project, ServiceName,
    StepName, Template, VarName,
};

use crate::workload;

/// The host under which `web` is reached.
pub(crate) const HOST: &str = "web.story.lvh.me";

/// Where it is deployed.
pub(crate) fn environment() -> EnvironmentId {
    EnvironmentId::parse("acme/shop/story").expect("a valid address")
}

/// A service in a role, with a port and a health check. Traffic moves as soon as it is ready.
pub(crate) fn service(role: &str) -> Service {
    let mut service = Service::new(Source::Build(BuildSpec::new("app")));
    service.process = workload::process(role);
    service.ports.push(Port::tcp(8080));
    service.health = Some(HealthCheck::new(Probe::Http { port: None, path: "/health".to_owned() }));
    service.rollout.window = Some(Duration::ZERO);
    service
}

/// A service with one more variable.
pub(crate) fn with_variable(mut service: Service, name: &str, value: Template) -> Service {
    service.process = service.process.with_variable(VarName::new(name).expect("a valid name"), value);
    service
}

pub(crate) fn service_name(name: &str) -> ServiceName {
    ServiceName::new(name).expect("a valid name")
}

/// A project of one public `web` in a role.
pub(crate) fn web(role: &str) -> Project {
    project([("web", service(role))])
}

/// A project of services; `web` is public.
pub(crate) fn project<const N: usize>(services: [(&str, Service); N]) -> Project {
    let id = environment();
    let mut desired = Desired::empty(id.clone());
    let host = HostName::new(HOST).expect("a valid host");
    desired.routes.push(PublicRoute::new(service_name("web"), host, 8080));
    desired.services.extend(services.map(|(name, service)| (service_name(name), service)));
    let manifest = Digest::of(format!("{desired:?}"));
    let mut project = Project::new(id.org, id.project, manifest);
    project.environments.insert(id.env, Environment::new(desired));
    project
}

/// The project with a job that runs before the deploy.
pub(crate) fn with_job(mut project: Project, name: &str, role: &str) -> Project {
    let environment = project.environments.get_mut(&env()).expect("the environment is declared");
    let job = Job::new(Source::Build(BuildSpec::new("app")), workload::process(role));
    environment.desired.jobs.insert(service_name(name), job);
    let pipeline = PipelineName::new("main").expect("a valid name");
    environment.pipeline = Some(pipeline.clone());
    let steps = vec![
        step("build", Action::Build { services: Vec::new() }, None),
        step("release", Action::Release, Some("build")),
        step(name, Action::Job { service: service_name(name) }, Some("release")),
        step("deploy", Action::Deploy, Some(name)),
    ];
    project.pipelines.insert(pipeline, Pipeline::new(steps).expect("the steps have an order"));
    project
}

pub(crate) fn env() -> EnvName {
    environment().env
}

fn step(name: &str, action: Action, needs: Option<&str>) -> Step {
    let mut step = Step::new(StepName::new(name).expect("a valid name"), action);
    step.needs.extend(needs.map(|need| StepName::new(need).expect("a valid name")));
    step
}
