//! What services and jobs run on, as it is chosen on the command line.

use clap::ValueEnum;
use eve::EmbeddedConfig;
use eve::docker::DockerConfig;
use eve::k8s::K8sConfig;

/// What services and jobs run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ground {
    /// Processes of this machine.
    Process,
    /// Containers of the Docker Engine that `DOCKER_HOST` names, or of the system's own.
    Docker,
    /// Pods of the cluster that the kubeconfig names.
    K8s,
}

impl Ground {
    /// How its name is written on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Docker => "docker",
            Self::K8s => "k8s",
        }
    }

    pub(crate) fn config(self, config: EmbeddedConfig) -> EmbeddedConfig {
        match self {
            Self::Process => config,
            Self::Docker => config.with_docker(DockerConfig::from_env()),
            Self::K8s => config.with_k8s(K8sConfig::new()),
        }
    }
}
