//! Every key that somebody can ask for.

use std::time::Duration;

use super::ground::{JOB, SECRET, SERVICE, built, folder, image, made_from, name, published};
use crate::desired::{
    Bind, Dependency, Device, DevicePermissions, FileMount, HealthCheck, HostNamespace, Job, Limits, LinuxCapability,
    Mount, Port, Probe, Protocol, Restart, SecretFile, Service, Source, Strategy, Unconfined, VolumeSpec,
};
use crate::{
    AbsolutePath, Bound, ByteSize, FileBlob, FileTree, MilliCpu, ObjectName, SecretName, ServiceName, SourcePath,
    Template, VarName, VolumeName,
};

/// A key, and the ways in which it can be asked for: where one of them is honoured, the key is.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) key: &'static str,
    pub(super) ways: &'static [Way],
}

/// What asks for it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    Service(fn(&mut Service)),
    Job(fn(&mut Job)),
    Whole(fn(&mut Bound)),
}

impl Way {
    /// Asks for it in a target state.
    pub(super) fn ask(self, want: &mut Bound) {
        match self {
            Self::Service(change) => want.desired.services.values_mut().for_each(change),
            Self::Job(change) => want.desired.jobs.values_mut().for_each(change),
            Self::Whole(change) => change(want),
        }
    }
}

/// A list of keys: the changes that ask for each, to a service, a job or the whole.
macro_rules! asked {
    ($($key:literal: $way:ident [$($of:ident => $change:expr),+ $(,)?];)*) => {
        &[$(Asked { key: $key, ways: &[$(Way::$way(|$of| {
            $change;
        })),+] }),*]
    };
}

/// Every key, in the order in which a table has them.
pub(super) const ASKED: &[Asked] = asked! {
    "source: image": Whole [want => made_from(want, image)];
    "source: built and pushed": Whole [want => made_from(want, published)];
    "source: built where it runs": Whole [want => made_from(want, built)];
    "source: a folder": Whole [want => made_from(want, folder)];
    "source.dockerfile": Whole [
        want => with_dockerfile(want, published),
        want => with_dockerfile(want, built),
        want => with_dockerfile(want, folder),
    ];
    "source.args": Whole [
        want => with_arguments(want, published),
        want => with_arguments(want, built),
        want => with_arguments(want, folder),
    ];
    "entrypoint": Service [service => service.process.entrypoint = Some(vec!["serve".to_owned()])];
    "command": Service [service => service.process.command = Some(vec!["serve".to_owned()])];
    "working_dir: absolute": Service [service => service.process.working_dir = Some("/srv".to_owned())];
    "working_dir: below the source": Service [service => service.process.working_dir = Some("srv".to_owned())];
    "environment": Service [service => variable(service, Template::text("value"))];
    "environment: a secret": Service [service => variable(service, Template::secret(secret()))];
    "environment: a service's URL": Service [service => {
        service.ports.push(Port::tcp(80));
        variable(service, Template::service_url(name(SERVICE)));
    }];
    "ports": Service [service => service.ports.push(Port::tcp(80))];
    "ports: udp": Service [service => port(service, |port| port.protocol = Protocol::Udp)];
    "ports.published": Service [service => port(service, |port| port.published = Some(8080))];
    "ports.host: 127.0.0.1": Service [service => port(service, |port| {
        port.published = Some(8080);
        port.host = Some(std::net::Ipv4Addr::LOCALHOST.into());
    })];
    "ports.host: another address": Service [service => port(service, |port| {
        port.published = Some(8080);
        port.host = Some(std::net::Ipv4Addr::UNSPECIFIED.into());
    })];
    "depends_on: started": Whole [want => depends(want, Dependency::Started)];
    "depends_on: healthy": Whole [want => depends(want, Dependency::Healthy)];
    "depends_on: completed": Service [service => service.depends_on.insert(name(JOB), Dependency::Completed)];
    "health: http": Service [service => health(service, Probe::Http { port: Some(80), path: "/".to_owned() })];
    "health: tcp": Service [service => health(service, Probe::Tcp { port: Some(80) })];
    "health: command": Service [service => health(service, Probe::Command(vec!["true".to_owned()]))];
    "health: none": Service [service => service.health = Some(HealthCheck::new(Probe::None))];
    "health.interval": Service [service => settings(service, |health| health.interval = Duration::from_secs(7))];
    "health.timeout": Service [service => settings(service, |health| health.timeout = Duration::from_secs(7))];
    "health.retries": Service [service => settings(service, |health| health.retries = 7)];
    "health.start_period": Service [service => settings(service, |health| health.start_period = Duration::from_secs(7))];
    "health.interval: parts of a second": Service [
        service => settings(service, |health| health.interval = Duration::from_millis(500)),
    ];
    "resources.limits.cpu": Service [service => service.resources.limits.cpu = Some(MilliCpu::new(500))];
    "resources.limits.memory": Service [service => service.resources.limits.memory = Some(memory())];
    "resources.requests.cpu": Service [service => service.resources.requests.cpu = Some(MilliCpu::new(500))];
    "resources.requests.memory": Service [service => service.resources.requests.memory = Some(memory())];
    "replicas": Service [service => service.replicas = 2];
    "replicas: with a published port": Service [service => {
        service.replicas = 2;
        port(service, |port| port.published = Some(8080));
    }];
    "replicas: with a volume": Service [service => {
        service.replicas = 2;
        mount(service, |_| ());
    }];
    "replicas: with a volume of one writer": Service [service => {
        service.replicas = 2;
        mount(service, |mount| mount.single_writer = true);
    }];
    "rollout.strategy: switched": Service [service => service.rollout.strategy = Some(Strategy::Switched)];
    "rollout.strategy: rolling": Service [service => service.rollout.strategy = Some(Strategy::Rolling)];
    "rollout.strategy: recreate": Service [service => service.rollout.strategy = Some(Strategy::Recreate)];
    "rollout.window": Service [service => service.rollout.window = Some(Duration::from_secs(7))];
    "rollout.ready_within": Service [service => service.rollout.ready_within = Duration::from_secs(77)];
    "rollout.drain": Service [service => {
        service.ports.push(Port::tcp(80));
        service.rollout.drain = Duration::from_secs(77);
    }];
    "restart: always": Service [service => service.restart = Restart::Always];
    "restart: on failure": Service [service => service.restart = Restart::OnFailure];
    "restart: never": Service [service => service.restart = Restart::Never];
    "stop_grace": Service [service => service.stop_grace = Duration::from_secs(77)];
    "mounts": Service [service => mount(service, |_| ())];
    "mounts: read only": Service [service => mount(service, |mount| mount.read_only = true)];
    "mounts: one writer": Service [service => mount(service, |mount| mount.single_writer = true)];
    "mounts: of two services": Whole [want => {
        beside(want);
        want.desired.services.values_mut().for_each(|service| mount(service, |_| ()));
    }];
    "files": Whole [want => want.desired.services.values_mut().for_each(|service| service.files.push(text()))];
    "files: of the project": Whole [want => {
        let path = SourcePath::new("files").expect("a valid path");
        want.files.insert(path.clone(), FileTree::File(FileBlob::of(b"text")));
        let file = FileMount::new(path, "/srv/file");
        want.desired.services.values_mut().for_each(|service| service.files.push(file.clone()));
    }];
    "secrets": Service [service => service.secrets.push(SecretFile::new(secret()))];
    "host.binds": Service [service => service.host.binds.push(bind())];
    "host.binds: read only": Service [service => service.host.binds.push(bind().read_only())];
    "host.devices": Service [service => service.host.devices.push(Device::new(path("/dev/null")))];
    "host.devices: to be read": Service [service => {
        let mut device = Device::new(path("/dev/null"));
        device.permissions = DevicePermissions::new("r").expect("valid permissions");
        service.host.devices.push(device);
    }];
    "host.privileged": Service [service => service.host.privileged = true];
    "host.privileged: with capabilities dropped": Service [service => {
        service.host.privileged = true;
        service.host.drop_capabilities.insert(capability());
    }];
    "host.add_capabilities": Service [service => service.host.add_capabilities.insert(capability())];
    "host.drop_capabilities": Service [service => service.host.drop_capabilities.insert(capability())];
    "host.no_new_privileges": Service [service => service.host.no_new_privileges = true];
    "host.unconfined": Service [service => service.host.unconfined.insert(Unconfined::Seccomp)];
    "host.namespaces.network": Service [service => service.host.namespaces.insert(HostNamespace::Network)];
    "host.namespaces.pid": Service [service => service.host.namespaces.insert(HostNamespace::Pid)];
    "host.namespaces.ipc": Service [service => service.host.namespaces.insert(HostNamespace::Ipc)];
    "host.namespaces.uts": Service [service => service.host.namespaces.insert(HostNamespace::Uts)];
    "host.namespaces.user": Service [service => service.host.namespaces.insert(HostNamespace::User)];
    "host.namespaces.cgroup": Service [service => service.host.namespaces.insert(HostNamespace::Cgroup)];
    "job.command": Job [job => job.process.command = Some(vec!["serve".to_owned()])];
    "job.working_dir: below the source": Job [job => job.process.working_dir = Some("srv".to_owned())];
    "job.environment": Job [job => job.process.environment.insert(var(), Template::text("value"))];
    "job.environment: a secret": Job [job => job.process.environment.insert(var(), Template::secret(secret()))];
    "job.depends_on: started": Job [job => job.depends_on.insert(name(SERVICE), Dependency::Started)];
    "job.files": Job [job => job.files.push(text())];
    "job.resources.limits.cpu": Job [job => job.resources.limits.cpu = Some(MilliCpu::new(500))];
    "job.resources.limits.memory": Job [job => job.resources.limits.memory = Some(memory())];
    "job.resources.requests": Job [job => {
        job.resources.requests = Limits { cpu: Some(MilliCpu::new(500)), memory: Some(memory()) };
    }];
    "job.timeout": Job [job => job.timeout = Duration::from_secs(77)];
    "job.max_attempts": Job [job => job.max_attempts = 3];
    "volumes.volume.size": Whole [want => volume(want, |spec| spec.size = Some(memory()))];
    "volumes.volume.class": Whole [want => volume(want, |spec| {
        spec.class = Some(ObjectName::new("fast").expect("a valid name"));
    })];
};

fn with_dockerfile(want: &mut Bound, from: fn() -> (Source, crate::Artifact)) {
    made_from(want, from);
    for service in want.desired.services.values_mut() {
        let Source::Build(build) = &mut service.source else { continue };
        build.dockerfile = Some("Dockerfile".to_owned());
    }
}

fn with_arguments(want: &mut Bound, from: fn() -> (Source, crate::Artifact)) {
    made_from(want, from);
    for service in want.desired.services.values_mut() {
        let Source::Build(build) = &mut service.source else { continue };
        build.args.insert("NAME".to_owned(), "value".to_owned());
    }
}

fn variable(service: &mut Service, value: Template) {
    service.process.environment.insert(var(), value);
}

fn port(service: &mut Service, change: fn(&mut Port)) {
    let mut port = Port::tcp(80);
    change(&mut port);
    service.ports.push(port);
}

fn health(service: &mut Service, probe: Probe) {
    service.ports.push(Port::tcp(80));
    service.health = Some(HealthCheck::new(probe));
}

fn settings(service: &mut Service, change: fn(&mut HealthCheck)) {
    health(service, Probe::Tcp { port: Some(80) });
    service.health.iter_mut().for_each(change);
}

fn mount(service: &mut Service, change: fn(&mut Mount)) {
    let mut mount = Mount::new(volume_name(), "/srv/volume");
    change(&mut mount);
    service.mounts.push(mount);
}

fn volume(want: &mut Bound, change: fn(&mut VolumeSpec)) {
    let mut spec = VolumeSpec::default();
    change(&mut spec);
    want.desired.volumes.insert(volume_name(), spec);
    want.desired.services.values_mut().for_each(|service| mount(service, |_| ()));
}

/// The service needs a second one.
fn depends(want: &mut Bound, how: Dependency) {
    let needed = beside(want);
    if let Some(service) = want.desired.services.get_mut(&name(SERVICE)) {
        service.depends_on.insert(needed, how);
    }
}

/// A second service, just as the first.
fn beside(want: &mut Bound) -> ServiceName {
    let (first, second) = (name(SERVICE), name("second"));
    if let Some(service) = want.desired.services.get(&first).cloned() {
        want.desired.services.insert(second.clone(), service);
    }
    if let Some(artifact) = want.artifacts.get(&first).cloned() {
        want.artifacts.insert(second.clone(), artifact);
    }
    second
}

fn text() -> FileMount {
    FileMount::text("text", "/srv/file")
}

fn bind() -> Bind {
    Bind::new(path("/srv/host"), path("/srv/bound"))
}

fn path(text: &str) -> AbsolutePath {
    AbsolutePath::new(text).expect("a valid path")
}

fn capability() -> LinuxCapability {
    LinuxCapability::new("NET_ADMIN").expect("a known capability")
}

fn memory() -> ByteSize {
    ByteSize::bytes(64 << 20)
}

fn secret() -> SecretName {
    SecretName::new(SECRET).expect("a valid name")
}

fn var() -> VarName {
    VarName::new("NAME").expect("a valid name")
}

fn volume_name() -> VolumeName {
    VolumeName::new("volume").expect("a valid name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::{BuildSpec, HostAccess, Process, Resources, Rollout};

    /// A field that is added breaks this: whoever names it here gives its key a line in the list, too.
    #[test]
    fn no_field_is_added_without_a_look_at_the_list() {
        let (source, _) = image();
        let Service {
            // Nothing but which of them take traffic.
            role: _,
            source,
            process: Process { entrypoint: _, command: _, working_dir: _, environment: _ },
            ports: _,
            depends_on: _,
            health: _,
            resources: Resources { requests: Limits { cpu: _, memory: _ }, limits: _ },
            replicas: _,
            rollout: Rollout { strategy: _, window: _, ready_within: _, drain: _ },
            restart: _,
            stop_grace: _,
            mounts: _,
            files: _,
            secrets: _,
            host:
                HostAccess {
                    binds: _,
                    privileged: _,
                    namespaces: _,
                    add_capabilities: _,
                    drop_capabilities: _,
                    devices: _,
                    unconfined: _,
                    no_new_privileges: _,
                },
        } = Service::new(source);
        let Job { source: _, process: _, depends_on: _, resources: _, files: _, timeout: _, max_attempts: _ } =
            Job::new(source, Process::default());
        let BuildSpec { context: _, dockerfile: _, args: _ } = BuildSpec::new(".");
        let Port { number: _, protocol: _, published: _, host: _ } = Port::tcp(80);
        let HealthCheck { probe: _, interval: _, timeout: _, retries: _, start_period: _ } =
            HealthCheck::new(Probe::None);
        let Mount { volume: _, target: _, read_only: _, single_writer: _ } = Mount::new(volume_name(), "/srv");
        let FileMount { source: _, target: _ } = text();
        let SecretFile { secret: _, target: _ } = SecretFile::new(secret());
        let Bind { source: _, target: _, read_only: _ } = bind();
        let Device { source: _, target: _, permissions: _ } = Device::new(path("/dev/null"));
        let VolumeSpec { size: _, class: _ } = VolumeSpec::default();
        let namespaces = ASKED.iter().filter(|asked| asked.key.starts_with("host.namespaces.")).count();
        assert_eq!(namespaces, HostNamespace::ALL.len());
    }
}
