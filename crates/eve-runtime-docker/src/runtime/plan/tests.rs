//! Planning, without an engine.

use std::collections::BTreeMap;
use std::time::Duration;

use eve_core::desired::{HealthCheck, ImageRef, Mount, Port, Process, Service, Source};
use eve_core::{
    Addresses, Bound, Desired, EnvironmentId, Error, Incarnation, Object, ObjectState, Observed, Op, Result,
    SecretName, SecretVersion, ServiceName, Template, VarName, Verb, VolumeName, codes,
};

use super::super::facts::Facts;
use super::super::network::NetworkSpec;
use super::*;
use crate::config::DockerConfig;
use crate::subnet::SubnetPool;

/// Nobody has an address.
struct Nowhere;

impl Addresses for Nowhere {
    fn service_url(&self, service: &ServiceName) -> Result<String> {
        Err(Error::invalid(codes::SERVICE_NO_URL, format!("{service} has no address")))
    }
}

fn environment() -> EnvironmentId {
    EnvironmentId::parse("acme/shop/prod").unwrap()
}

fn service(text: &str) -> Service {
    let mut service = Service::new(Source::Image(ImageRef::new("web:1").unwrap()));
    service.process = Process::new(["serve", text]);
    service.ports.push(Port::tcp(80));
    service
}

fn want(services: &[(&str, Service)]) -> Bound {
    let mut desired = Desired::empty(environment());
    desired.services.extend(services.iter().map(|(name, service)| (ServiceName::new(*name).unwrap(), service.clone())));
    Bound::unreleased(desired)
}

fn config() -> DockerConfig {
    DockerConfig::new().with_pool(SubnetPool::new("10.9.0.0/24".parse().unwrap(), 27).unwrap())
}

fn planned(want: &Bound, seen: &Observed) -> Result<Changes> {
    let capabilities = crate::DockerHost::new(config()).unwrap().runtime();
    plan(&config(), &eve_core::Runtime::capabilities(&capabilities), want, seen, &Nowhere)
}

/// The environment after some operations of a plan.
fn after(mut seen: Observed, ops: &[Op]) -> Observed {
    let mut facts = Facts::of(&seen).unwrap();
    for op in ops {
        seen.objects.retain(|object| object.id != op.object);
        facts.addresses.remove(&op.object.name);
        if op.verb == Verb::Delete {
            continue;
        }
        let body = op.body.as_ref().unwrap();
        let mut object =
            Object::new(op.object.clone(), Incarnation::new(body.digest().hex()), body.digest(), ObjectState::Ready);
        object.service.clone_from(&op.service);
        match op.object.kind.as_str() {
            network::KIND => facts.subnet = Some(subnet_of(op)),
            CONTAINER => {
                facts.addresses.insert(op.object.name.clone(), address_of(op));
            }
            _ => {}
        }
        seen.objects.push(object);
    }
    facts.put(&mut seen).unwrap();
    seen
}

fn nothing() -> Observed {
    Observed::empty(environment())
}

fn subnet_of(op: &Op) -> Subnet {
    // The spec has one field.
    let body: BTreeMap<String, Subnet> = op.body.as_ref().unwrap().decode().unwrap();
    body.into_values().next().unwrap()
}

fn address_of(op: &Op) -> Ipv4Addr {
    op.body.as_ref().unwrap().decode::<ContainerSpec>().unwrap().address.unwrap()
}

fn containers(changes: &Changes) -> Vec<&Op> {
    changes.ensure.iter().filter(|op| op.object.kind == CONTAINER).collect()
}

#[test]
fn a_first_deploy_makes_the_network_before_the_containers() {
    let changes = planned(&want(&[("api", service("1")), ("web", service("1"))]), &nothing()).unwrap();
    assert_eq!(changes.ensure[0].object, network::id());
    for op in containers(&changes) {
        assert!(op.after_objects.contains(&network::id()));
        assert!(subnet_of(&changes.ensure[0]).contains(address_of(op)));
    }
    assert_eq!(containers(&changes).len(), 2);
}

#[test]
fn what_was_deployed_needs_nothing_more() {
    let want = want(&[("api", service("1")), ("web", service("1"))]);
    let seen = after(nothing(), &planned(&want, &nothing()).unwrap().ensure);
    let again = planned(&want, &seen).unwrap();
    assert!(again.ensure.is_empty() && again.retire.is_empty(), "{again:?}");
}

#[test]
fn a_plan_in_the_middle_of_a_deploy_is_what_was_left_of_the_first() {
    let services: Vec<_> = ["a", "b", "c", "d", "e"].map(|name| (name, service("1"))).into();
    let (old, new) = (want(&services), want(&services.clone().map_commands("2")));
    let before = after(nothing(), &planned(&old, &nothing()).unwrap().ensure);
    let whole = planned(&new, &before).unwrap();
    for done in 0..whole.ensure.len() {
        let left = planned(&new, &after(before.clone(), &whole.ensure[..done])).unwrap();
        assert_eq!(left.ensure, whole.ensure[done..], "after {done} operations");
    }
}

trait MapCommands {
    fn map_commands(self, text: &str) -> Self;
}

impl MapCommands for Vec<(&'static str, Service)> {
    fn map_commands(mut self, text: &str) -> Self {
        for (_, service) in &mut self {
            service.process.command = Some(vec!["serve".into(), text.into()]);
        }
        self
    }
}

#[test]
fn no_two_containers_have_one_address_and_none_is_a_strangers() {
    let mut many = service("1");
    many.replicas = 12;
    let first = planned(&want(&[("web", many.clone())]), &nothing()).unwrap();
    let seen = after(nothing(), &first.ensure);
    many.replicas = 10;
    let second = planned(&want(&[("web", many), ("api", service("1"))]), &seen).unwrap();
    let mut all: Vec<_> = first.ensure.iter().chain(&second.ensure).filter(|op| op.object.kind == CONTAINER).collect();
    all.dedup_by_key(|op| op.object.clone());
    let addresses: BTreeSet<_> = all.iter().map(|op| address_of(op)).collect();
    assert_eq!(addresses.len(), all.len());
    let guests = subnet_of(&first.ensure[0]).guests();
    assert!(addresses.iter().all(|address| !guests.contains(*address)));
}

#[test]
fn a_subnet_that_is_full_is_told_before_anything_is_made() {
    let mut many = service("1");
    many.replicas = 30;
    let error = planned(&want(&[("web", many)]), &nothing()).unwrap_err();
    assert_eq!(error.code(), &codes::NETWORK_EXHAUSTED);
    assert!(error.hint().is_some());
}

#[test]
fn a_pool_that_is_full_is_told_before_anything_is_made() {
    let mut seen = nothing();
    let facts = Facts { taken: vec!["10.9.0.0/24".parse().unwrap()], ..Facts::default() };
    facts.put(&mut seen).unwrap();
    let error = planned(&want(&[("web", service("1"))]), &seen).unwrap_err();
    assert_eq!(error.code(), &codes::NETWORK_EXHAUSTED);
}

#[test]
fn a_network_that_is_there_keeps_its_subnet_whatever_the_pool_is_today() {
    let mut seen = nothing();
    let subnet: Subnet = "192.168.7.0/24".parse().unwrap();
    let spec = Body::of(&NetworkSpec::new(subnet)).unwrap();
    let network = Op::ensure(Verb::Create, network::id(), None, spec, "it does not exist");
    seen = after(seen, &[network]);
    let changes = planned(&want(&[("web", service("1"))]), &seen).unwrap();
    assert!(changes.ensure.iter().all(|op| op.object.kind == CONTAINER));
    assert!(subnet.contains(address_of(containers(&changes)[0])));
}

#[test]
fn a_volume_outlives_the_services_that_used_it_and_not_the_environment() {
    let mut db = service("1");
    db.mounts.push(Mount::new(VolumeName::new("data").unwrap(), "/data"));
    let first = planned(&want(&[("db", db)]), &nothing()).unwrap();
    let volume = volume::id(&VolumeName::new("data").unwrap()).unwrap();
    assert!(containers(&first)[0].after_objects.contains(&volume));
    let seen = after(nothing(), &first.ensure);
    let without = planned(&want(&[("web", service("1"))]), &seen).unwrap();
    assert!(without.retire.iter().all(|op| op.object != volume));
    assert!(without.losses.iter().any(|loss| loss.path == "volumes.data"));
    let kept = planned(&Bound::empty(environment()), &seen).unwrap();
    assert!(kept.retire.iter().all(|op| op.object != volume), "what a first deploy is undone to keeps it");
    let gone = planned(&Bound::ended(environment()), &seen).unwrap();
    assert!(gone.retire.iter().any(|op| op.object == volume));
}

#[test]
fn what_only_one_can_hold_is_given_up_before_the_next_one_starts() {
    let mut published = service("1");
    published.ports[0].published = Some(8080);
    let mut writer = service("1");
    let mut mount = Mount::new(VolumeName::new("data").unwrap(), "/data");
    mount.single_writer = true;
    writer.mounts.push(mount);
    let changes = planned(&want(&[("a", published), ("b", writer), ("c", service("1"))]), &nothing()).unwrap();
    let names: Vec<_> = changes.stop_first.keys().map(ServiceName::as_str).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn a_secret_in_the_environment_is_told_as_visible_and_its_version_is_part_of_the_spec() {
    let (name, secret) = (VarName::new("TOKEN").unwrap(), SecretName::new("TOKEN").unwrap());
    let mut web = service("1");
    web.process.environment.insert(name, Template::secret(secret.clone()));
    let mut want = want(&[("web", web)]);
    assert_eq!(planned(&want, &nothing()).unwrap_err().code(), &codes::SECRET_MISSING);
    want.secrets.insert(secret.clone(), SecretVersion::new("1"));
    let first = planned(&want, &nothing()).unwrap();
    assert!(first.losses.iter().any(|loss| loss.path == "services.web.environment.TOKEN"));
    want.secrets.insert(secret, SecretVersion::new("2"));
    assert_ne!(planned(&want, &nothing()).unwrap().instances, first.instances);
}

#[test]
fn a_health_check_that_cannot_be_tried_is_refused_by_name() {
    use eve_core::desired::Probe;
    let probes = [
        Probe::Http { port: Some(81), path: "/".into() },
        Probe::Http { port: None, path: "no path".into() },
        Probe::Command(Vec::new()),
    ];
    for probe in probes {
        let mut web = service("1");
        web.health = Some(HealthCheck::new(probe));
        let error = planned(&want(&[("web", web)]), &nothing()).unwrap_err();
        assert_eq!(error.code(), &codes::PLAN_REFUSED);
        assert!(error.to_string().contains("web"), "{error}");
    }
    let mut web = service("1");
    web.health = Some(HealthCheck::new(Probe::Tcp { port: None }));
    web.health.as_mut().unwrap().interval = Duration::ZERO;
    assert!(planned(&want(&[("web", web)]), &nothing()).is_err());
}

fn refused(changes: &Changes) -> Vec<&str> {
    let refused = changes.losses.iter().filter(|loss| loss.grade == LossGrade::Refused);
    refused.map(|loss| loss.path.as_str()).collect()
}

#[test]
fn files_that_would_be_hidden_or_stay_elsewhere_are_refused_by_every_path_of_a_folder() {
    use eve_core::desired::{Bind, FileMount, Job, SecretFile};
    use eve_core::{AbsolutePath, FileBlob, FileTree, SourcePath};

    let secret = SecretName::new("TOKEN").unwrap();
    let path = |text: &str| AbsolutePath::new(text).unwrap();
    let conf = |target: &str| FileMount::new(SourcePath::new("conf").unwrap(), target);
    let mut web = service("1");
    web.mounts.push(Mount::new(VolumeName::new("data").unwrap(), "//app/data/"));
    web.host.binds.push(Bind::new(path("/srv"), path("/host/data")));
    web.secrets.push(SecretFile::new(secret.clone()).with_target("/keys/data/seed.json"));
    web.files = ["/app", "/host", "/keys", "/fine"].map(conf).into();
    let source = Source::Image(ImageRef::new("web:1").unwrap());
    let mut job = Job::new(source, Process::new(["migrate"]));
    job.files = ["/eve/artifacts", "/app"].map(conf).into();
    let mut want = want(&[("web", web)]);
    want.desired.jobs.insert(ServiceName::new("migrate").unwrap(), job);
    let seed = (SourcePath::new("data/seed.json").unwrap(), FileBlob::of(b"1"));
    want.files.insert(SourcePath::new("conf").unwrap(), FileTree::Folder([seed].into()));
    want.secrets.insert(secret, SecretVersion::new("1"));
    let mut capabilities =
        eve_core::Runtime::capabilities(&crate::DockerHost::new(config()).unwrap().runtime()).clone();
    capabilities.host_paths = true;
    let changes = plan(&config(), &capabilities, &want, &nothing(), &Nowhere).unwrap();
    let expected = ["web.files.0", "web.files.1", "web.files.2", "migrate.files.0"];
    assert_eq!(refused(&changes), expected.map(|path| format!("services.{path}")));
}

#[test]
fn secrets_on_an_engine_elsewhere_have_their_own_places() {
    use eve_core::desired::SecretFile;

    let secret = SecretName::new("TOKEN").unwrap();
    let mut web = service("1");
    let targets = ["/run/secrets", "/run//secrets/", "/run/secrets/.elsewhere", "/run/secrets/.elsewhere/0", "/etc/a"];
    web.secrets = targets.map(|target| SecretFile::new(secret.clone()).with_target(target)).into();
    let name = ServiceName::new("web").unwrap();
    let config = config().with_host("tcp://10.0.0.1:2375");
    let losses = Losses::of_service(&name, &web, &[], &config);
    let paths: Vec<_> = losses.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!(paths, [0, 1, 2, 3].map(|i| format!("services.web.secrets.{i}")));
}
