//! A service.

use eve_core::desired::LinuxCapability;
use eve_core::{ByteSize, MilliCpu};

use super::{
    Build, Command, ConfigUse, DependsOn, Deploy, DeviceText, Healthcheck, HostWord, PortText, Resources, Restart,
    Role, SecretUse, SecurityOption, Variables, VolumeText, XEve,
};
use crate::grammar::{At, Mapping as _, Period, mapping};
use crate::interpolation::PlainText;

mapping! {
    /// A service: one workload, in as many replicas as it says.
    Service = "service" extensible {
        /// An image that exists: name:tag, host/name:tag or host/name@sha256:….
        image: PlainText = "image";
        /// How to make it from the project's files: a folder, or a mapping.
        build: Box<Build> = "build";
        /// The command line. Text is split at blanks as a shell would, without one; a list is taken as it is.
        command: Command = "command";
        /// Replaces the artifact's own entry point.
        entrypoint: Command = "entrypoint";
        /// The folder in which it starts.
        working_dir: PlainText = "working_dir";
        /// The environment variables.
        environment: Variables = "environment";
        /// The ports on which it listens: 8080, "3000:8080" (fixed on the host), "127.0.0.1:3000:8080", "53/udp", or mappings. The first is the main one.
        ports: Vec<At<PortText>> = "ports";
        /// What must be there before it starts.
        depends_on: DependsOn = "depends_on";
        /// How to tell that it can do its work.
        healthcheck: Box<Healthcheck> = "healthcheck";
        /// How many of it run side by side. 1 by default.
        replicas: u32 = "replicas" else 1;
        /// How much it may use.
        resources: Resources = "resources";
        /// Compose's spelling of `replicas` and `resources`.
        deploy: Box<Deploy> = "deploy";
        /// An older spelling of `resources.limits.cpu`.
        cpus: MilliCpu = "cpus";
        /// An older spelling of `resources.limits.memory`.
        mem_limit: ByteSize = "mem_limit";
        /// What happens when it ends by itself. `always` by default.
        restart: Restart = "restart" else "always";
        /// How long it may take to end after it is asked to. 10s by default.
        stop_grace_period: Period = "stop_grace_period" else "10s";
        /// What it mounts: named volumes, `name:/path`, and folders of the host, `./folder:/path` or `/folder:/path`, each with `:ro`, or mappings. Folders of the host need its permission.
        volumes: Vec<At<VolumeText>> = "volumes";
        /// Secrets as files that only it may read: a name, for /run/secrets/NAME, or a mapping. They reach no variable.
        secrets: Vec<At<SecretUse>> = "secrets";
        /// Configs as files that everybody in it may read: a name, for /NAME, or a mapping.
        configs: Vec<At<ConfigUse>> = "configs";
        /// True for every right on the host. Needs its permission.
        privileged: bool = "privileged";
        /// `host`: the network of the host. Needs its permission.
        network_mode: HostWord = "network_mode";
        /// `host`: the processes of the host. Needs its permission.
        pid: HostWord = "pid";
        /// `host`: the shared memory of the host. Needs its permission.
        ipc: HostWord = "ipc";
        /// `host`: the host name of the host. Needs its permission.
        uts: HostWord = "uts";
        /// `host`: the users of the host. Needs its permission.
        userns_mode: HostWord = "userns_mode";
        /// `host`: the control groups of the host. Needs its permission.
        cgroup: HostWord = "cgroup";
        /// Capabilities that it has besides, by the kernel's names. Most need the host's permission.
        cap_add: Vec<At<LinuxCapability>> = "cap_add";
        /// Capabilities that it gives up.
        cap_drop: Vec<At<LinuxCapability>> = "cap_drop";
        /// Devices of the host: /dev/fuse, /dev/fuse:/dev/other:rw, or mappings. They need its permission.
        devices: Vec<At<DeviceText>> = "devices";
        /// no-new-privileges:true, or protections that do not hold, such as seccomp:unconfined. Those need the host's permission.
        security_opt: Vec<At<SecurityOption>> = "security_opt";
        /// Everything that Compose has no word for.
        x_eve: Box<XEve> = "x-eve" | "x_eve";
    }
    not_used {
        "annotations": "Annotations of the container.";
        "attach": "Whether output is shown.";
        "container_name": "A name of the container.";
        "expose": "Ports for other services.";
        "hostname": "The host name inside.";
        "init": "A small process in front.";
        "labels": "Labels of the container.";
        "logging": "Where logs go.";
        "networks": "The networks it is in.";
        "platform": "The platform it is made for.";
        "profiles": "When Compose starts it.";
        "pull_policy": "When its image is fetched.";
        "stdin_open": "Whether it has an input.";
        "tty": "Whether it has a terminal.";
    }
    unsupported {
        "cgroup_parent": "remove it";
        "device_cgroup_rules": "write `devices`";
        "dns": "remove it";
        "env_file": "write the variables under `environment`, secrets as ${secret.KEY} or under `secrets`";
        "extends": "repeat the keys here, or share them with a YAML anchor";
        "extra_hosts": "remove it";
        "gpus": "remove it";
        "group_add": "remove it";
        "links": "write `depends_on`";
        "read_only": "remove it";
        "runtime": "remove it; what runs containers is the host's own";
        "scale": "write `replicas`";
        "shm_size": "remove it";
        "stop_signal": "remove it; the signal is SIGTERM";
        "sysctls": "remove it";
        "tmpfs": "remove it";
        "ulimits": "remove it";
        "user": "remove it; the user is the artifact's own";
        "volumes_from": "write `volumes` with named volumes";
    }
}

impl Service {
    pub(crate) fn x_eve(&self) -> Option<&XEve> {
        self.x_eve.as_ref().map(|at| &*at.value)
    }

    pub(crate) fn role(&self) -> Role {
        self.x_eve().and_then(|x| x.role.as_ref()).map_or(Role::Component, |at| at.value)
    }

    pub(crate) fn is_job(&self) -> bool {
        self.role() == Role::Job
    }

    /// True if the platform keeps it.
    pub(crate) fn is_managed(&self) -> bool {
        self.role() == Role::ManagedDb
    }

    /// True if Eve makes it.
    pub(crate) fn is_made(&self) -> bool {
        !self.is_external() && !self.is_managed()
    }

    /// True if it runs somewhere else: it says so, or says where without saying that it does not.
    pub(crate) fn is_external(&self) -> bool {
        let said = |x: &XEve| x.external.as_ref().map_or_else(|| x.says("connection_url"), |at| at.value);
        self.x_eve().is_some_and(said)
    }

    /// The folder that outlives it though it does not say so: that of a database.
    pub(crate) fn usual_folder(&self) -> Option<&'static str> {
        const FOLDER: &str = "/var/lib/postgresql/data";
        let is_said = self.x_eve().is_some_and(|x| x.says("storage"))
            || self.volumes.iter().flat_map(|at| &at.value).any(|volume| volume.value.target() == FOLDER);
        (self.role() == Role::Database && !is_said).then_some(FOLDER)
    }

    /// Its ports, those that could be read.
    pub(crate) fn ports(&self) -> &[At<PortText>] {
        self.ports.as_ref().map_or(&[], |at| &at.value)
    }

    pub(crate) fn replicas(&self) -> Option<&At<u32>> {
        self.replicas.as_ref().or_else(|| self.deploy.as_ref().and_then(|deploy| deploy.value.replicas.as_ref()))
    }

    /// What it may use of processors at most.
    pub(crate) fn cpu_limit(&self) -> Option<&At<MilliCpu>> {
        let limits = self.resources().next().and_then(|at| at.value.limits.as_ref());
        limits.and_then(|at| at.value.cpu.as_ref()).or(self.cpus.as_ref())
    }

    /// How much memory it may use at most.
    pub(crate) fn memory_limit(&self) -> Option<&At<ByteSize>> {
        let limits = self.resources().next().and_then(|at| at.value.limits.as_ref());
        limits.and_then(|at| at.value.memory.as_ref()).or(self.mem_limit.as_ref())
    }

    /// The places that may speak of resources, those that do.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &At<Resources>> {
        let deploy = self.deploy.as_ref().and_then(|deploy| deploy.value.resources.as_ref());
        self.resources.as_ref().into_iter().chain(self.x_eve().and_then(|x| x.resources.as_ref())).chain(deploy)
    }
}
