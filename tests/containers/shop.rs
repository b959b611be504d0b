//! What is deployed.

use std::time::Duration;

use eve::desired::{BuildSpec, Dependency, HealthCheck, Port, Probe, Process, PublicRoute, Service, Source};
use eve::{Desired, Digest, Env as _, Environment, EnvironmentId, HostName, Project, ServiceName, VarName};

/// Serves HTTP, and ends as soon as it is asked to.
const SERVE: &str = "trap 'exit 0' TERM; mkdir -p /www; echo ok > /www/index.html; httpd -f -p 8080 -h /www & wait $!";

/// An environment that no other story has: names are the engine's.
pub(crate) fn environment() -> EnvironmentId {
    let own = eve::SystemEnv::new().random() & 0xffff_ffff;
    EnvironmentId::parse(&format!("acme/shop-{own:08x}/stage")).expect("a valid address")
}

pub(crate) fn name(text: &str) -> ServiceName {
    ServiceName::new(text).expect("a valid name")
}

/// Lets a service run a text in a shell inside its container.
pub(crate) fn runs(service: &mut Service, text: &str) {
    service.process.command = Some(["/bin/sh", "-c", text].map(str::to_owned).into());
}

/// A service that serves HTTP; each release is another spec.
fn service(release: &str) -> Service {
    let mut service = Service::new(Source::Build(BuildSpec::new("app")));
    let variable = VarName::new("RELEASE").expect("a valid name");
    service.process = Process::new(["/bin/sh", "-c", SERVE]).with_variable(variable, release);
    service.ports.push(Port::tcp(8080));
    service.health = Some(HealthCheck::new(Probe::Http { port: None, path: "/".to_owned() }));
    service.rollout.window = Some(Duration::ZERO);
    service.rollout.ready_within = Duration::from_mins(1);
    service
}

/// Three services, each waiting for the one before, and a public route to the last one.
pub(crate) fn project(id: &EnvironmentId, release: &str) -> Project {
    shaped(id, release, |_| {})
}

/// The same without a port or a route.
pub(crate) fn without_ports(id: &EnvironmentId, release: &str) -> Project {
    let mut project = shaped(id, release, |service| {
        service.ports.clear();
        service.health = None;
    });
    project.environments.values_mut().for_each(|environment| environment.desired.routes.clear());
    project
}

/// The same, with something changed about each service.
pub(crate) fn shaped(id: &EnvironmentId, release: &str, shape: impl Fn(&mut Service)) -> Project {
    let mut desired = Desired::empty(id.clone());
    for (this, needed) in [("a", None), ("b", Some("a")), ("c", Some("b"))] {
        let mut service = service(release);
        service.depends_on.extend(needed.map(|needed| (name(needed), Dependency::Healthy)));
        shape(&mut service);
        desired.services.insert(name(this), service);
    }
    let host = HostName::new(format!("c.{}.lvh.me", id.project)).expect("a valid host");
    desired.routes.push(PublicRoute::new(name("c"), host, 8080));
    let mut project = Project::new(id.org.clone(), id.project.clone(), Digest::of(release));
    project.environments.insert(id.env.clone(), Environment::new(desired));
    project
}
