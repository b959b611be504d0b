//! What can be set.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use eve_core::{AbsolutePath, Policy};
use eve_proxy::ProxyConfig;
use eve_runtime_process::ProcessConfig;

use super::hook::hooked_program;

/// Where the embedded defaults keep their state, and the few things that can be set.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EmbeddedConfig {
    /// The state directory. Made, for its owner only, where it does not exist.
    pub dir: PathBuf,
    /// What other processes are told about who works on the directory. By default `eve`.
    pub purpose: String,
    /// The port of the ingress on 127.0.0.1; 0 means the one that the directory had before, or a
    /// free one of 20000 to 29999. By default 0.
    pub ingress_port: u16,
    /// Where programs are looked for, and the `PATH` of what runs. None means the system's own
    /// folders; this process's `PATH` is never handed on unasked.
    pub path: Option<OsString>,
    /// Folders in which programs are looked for before that.
    pub path_dirs: Vec<PathBuf>,
    /// The program that becomes the supervisor where none runs yet. None means that everything
    /// lives in this process and ends with it. By default this very program, if
    /// [`supervisor_hook`](crate::supervisor_hook) was called first in its `main`, and none otherwise.
    pub supervisor: Option<PathBuf>,
    /// How large a log file grows, and how many of them each instance keeps. By default 10 MB and 3. A
    /// supervisor that runs goes on with what it was started with.
    pub log_rotation: (u64, usize),
    /// The Docker Engine that holds services and attempts. None means that they are processes of this
    /// machine. By default none.
    #[cfg(feature = "docker")]
    pub docker: Option<eve_runtime_docker::DockerConfig>,
    /// The Kubernetes cluster that holds services and attempts. None means that another one does. By default none.
    #[cfg(feature = "k8s")]
    pub k8s: Option<eve_runtime_k8s::K8sConfig>,
    /// What the host lets manifests ask of it. By default nothing.
    pub policy: Policy,
    /// Where internal routes are listened for. Known once the data plane is opened.
    pub(super) internal_bind: IpAddr,
}

impl EmbeddedConfig {
    /// The defaults, with all state below `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            purpose: "eve".to_owned(),
            ingress_port: 0,
            path: None,
            path_dirs: Vec::new(),
            supervisor: hooked_program(),
            log_rotation: (10_000_000, 3),
            #[cfg(feature = "docker")]
            docker: None,
            #[cfg(feature = "k8s")]
            k8s: None,
            policy: Policy::deny(),
            internal_bind: Ipv4Addr::LOCALHOST.into(),
        }
    }

    /// Says what other processes are told.
    pub fn with_purpose(mut self, purpose: impl Into<String>) -> Self {
        self.purpose = purpose.into();
        self
    }

    /// Fixes the port of the ingress.
    pub fn with_ingress_port(mut self, port: u16) -> Self {
        self.ingress_port = port;
        self
    }

    /// Replaces where programs are looked for.
    pub fn with_path(mut self, path: impl Into<OsString>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Adds a folder in which programs are looked for. The first one added is the first one looked in.
    pub fn with_path_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.path_dirs.push(dir.into());
        self
    }

    /// Sets how large a log file grows, and how many of them each instance keeps.
    pub fn with_log_rotation(mut self, bytes: u64, files: usize) -> Self {
        self.log_rotation = (bytes, files);
        self
    }

    /// Names the program that becomes the supervisor: one whose `main` calls
    /// [`supervisor_hook`](crate::supervisor_hook) first, such as `eve-supervisor`. It is a path, from
    /// the current folder unless it is absolute, and is not looked for in `PATH`.
    pub fn with_supervisor(mut self, program: impl Into<PathBuf>) -> Self {
        let program = program.into();
        // An empty one stays as it is: it cannot be started.
        self.supervisor = Some(std::path::absolute(&program).unwrap_or(program));
        self
    }

    /// Holds services and attempts as containers of a Docker Engine, and builds images there; the
    /// ingress and the journal stay here.
    ///
    /// An [owner](eve_runtime_docker::DockerConfig::owner) that is the default's becomes one of this
    /// state directory's own, made when it is first opened and kept in it: any number of them may share an
    /// engine.
    #[cfg(feature = "docker")]
    pub fn with_docker(mut self, config: eve_runtime_docker::DockerConfig) -> Self {
        self.docker = Some(config);
        self
    }

    /// The Docker Engine that holds services, where that is asked for, for the owner that the state
    /// directory has. Nothing is asked of it yet.
    ///
    /// # Errors
    /// `backend.unavailable` for a host of a kind that cannot be reached; `state.unreadable`, `state.io`.
    #[cfg(feature = "docker")]
    pub fn docker_host(&self) -> eve_core::Result<Option<eve_runtime_docker::DockerHost>> {
        self.docker_host_of(|dir| super::owner::known(dir, super::owner::DOCKER, eve_runtime_docker::Owner::new))
    }

    #[cfg(feature = "docker")]
    pub(super) fn docker_host_of(
        &self,
        owner: impl FnOnce(&std::path::Path) -> eve_core::Result<eve_runtime_docker::Owner>,
    ) -> eve_core::Result<Option<eve_runtime_docker::DockerHost>> {
        use eve_runtime_docker::{DockerConfig, DockerHost};
        let Some(mut config) = self.docker.clone() else { return Ok(None) };
        if config.owner == DockerConfig::default().owner {
            config.owner = owner(&self.dir)?;
        }
        let (bytes, files) = self.log_rotation;
        let config = config.with_log_rotation(bytes, u32::try_from(files).unwrap_or(u32::MAX)).with_left_out(&self.dir);
        DockerHost::new(config).map(Some)
    }

    /// Holds services and attempts in a Kubernetes cluster; the ingress and the journal stay here. Nothing builds
    /// images for it: they come from where the cluster pulls from.
    ///
    /// An [owner](eve_runtime_k8s::K8sConfig::owner) that is the default's becomes one of this state directory's own,
    /// made when it is first opened and kept in it: any number of them may share a cluster.
    #[cfg(feature = "k8s")]
    pub fn with_k8s(mut self, config: eve_runtime_k8s::K8sConfig) -> Self {
        self.k8s = Some(config);
        self
    }

    /// The cluster that holds services, where that is asked for, for the owner that the state directory has. Nothing
    /// is asked of it yet.
    ///
    /// # Errors
    /// `backend.unavailable` if no cluster is configured; `state.unreadable`, `state.io`.
    #[cfg(feature = "k8s")]
    pub async fn k8s_host(&self) -> eve_core::Result<Option<eve_runtime_k8s::K8sHost>> {
        use super::owner::{KUBERNETES, known};
        self.k8s_host_of(|dir| known(dir, KUBERNETES, eve_runtime_k8s::K8sName::new)).await
    }

    #[cfg(feature = "k8s")]
    pub(super) async fn k8s_host_of(
        &self,
        owner: impl FnOnce(&std::path::Path) -> eve_core::Result<eve_runtime_k8s::K8sName>,
    ) -> eve_core::Result<Option<eve_runtime_k8s::K8sHost>> {
        use eve_runtime_k8s::{K8sConfig, K8sHost};
        let Some(mut config) = self.k8s.clone() else { return Ok(None) };
        if config.owner == K8sConfig::default().owner {
            config.owner = owner(&self.dir)?;
        }
        K8sHost::open(config).await.map(Some)
    }

    /// Sets what the host lets manifests ask of it.
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The policy as an engine on this state directory has it: whoever reaches the directory steers what the
    /// engine holds, so that it is as an engine's socket.
    pub fn host_policy(&self) -> Policy {
        let written = std::path::absolute(&self.dir).unwrap_or_else(|_| self.dir.clone());
        let real = written.canonicalize().ok();
        // Of a path that is no text, what is above it is named.
        let named = |path: &Path| path.ancestors().find_map(|path| AbsolutePath::new(path.to_str()?).ok());
        // A way back up leads elsewhere than what is above it says; where it really leads is known then.
        let steps_back = written.components().any(|part| part == std::path::Component::ParentDir);
        let written = (!steps_back || real.is_none()).then_some(written);
        [written, real]
            .iter()
            .flatten()
            .filter_map(|path| named(path))
            .fold(self.policy.clone(), Policy::with_engine_place)
    }

    /// Lets everything live in this process, and end with it.
    pub fn in_process(mut self) -> Self {
        self.supervisor = None;
        self
    }

    pub(crate) fn process(&self) -> ProcessConfig {
        let (bytes, files) = self.log_rotation;
        let mut config =
            ProcessConfig::new(self.dir.join("process")).with_left_out(&self.dir).with_log_rotation(bytes, files);
        if let Some(path) = &self.path {
            config = config.with_path(path);
        }
        self.path_dirs.iter().rev().fold(config, ProcessConfig::with_path_dir)
    }

    pub(crate) fn proxy(&self) -> ProxyConfig {
        let mut config = ProxyConfig::default();
        config.port = self.ingress_port;
        config.internal_bind = self.internal_bind;
        config.port_seed = self.dir.to_string_lossy().into_owned();
        config.state = Some(self.dir.join("proxy"));
        config
    }
}
