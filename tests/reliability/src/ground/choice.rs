//! What services and jobs run on.

use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use eve::docker::DockerConfig;
use eve::k8s::K8sConfig;
use eve::{Digest, EmbeddedConfig, EnvironmentId, Object, ObjectId, naming};
use rustix::process::{Pid, Signal, kill_process};

use super::kubernetes_cluster::plain;
use super::setting::IN_IMAGE;
use super::{DockerEngine, KubernetesCluster};
use crate::Moment;

/// How long pods answer after they were asked to end, until everybody has heard of it.
const PRE_STOP: Duration = Duration::from_secs(1);

/// What services and jobs run on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Ground {
    /// Processes of this machine.
    #[default]
    Process,
    /// Containers of the Docker Engine that `DOCKER_HOST` names, or of the system's own.
    Docker,
    /// Pods of the cluster that the kubeconfig names.
    K8s,
}

impl Ground {
    /// How its name is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Docker => "docker",
            Self::K8s => "k8s",
        }
    }

    /// How long one run may take.
    pub(crate) fn patience(self) -> Duration {
        match self {
            Self::Process | Self::Docker => Duration::from_mins(1),
            Self::K8s => Duration::from_mins(6),
        }
    }

    /// How many points in a hundred timing may move out of reach. More of them would mean that a table proves less than
    /// it says. A cluster that is slow is asked again, and each time is a place.
    pub(crate) fn moved(self) -> usize {
        match self {
            Self::Process | Self::Docker => 2,
            Self::K8s => 10,
        }
    }

    /// How often it is looked whether something has come.
    pub(crate) fn tick(self) -> Duration {
        match self {
            Self::Process | Self::Docker => Duration::from_millis(3),
            Self::K8s => Duration::from_millis(100),
        }
    }

    /// The requests of a second, where somebody asks the shop while its engine dies.
    pub(crate) fn load(self) -> u32 {
        match self {
            Self::Process | Self::Docker => 50,
            Self::K8s => 20,
        }
    }

    /// The ways to be inside a call. What a cluster is told takes its time.
    pub(crate) fn insides(self) -> &'static [Moment] {
        match self {
            Self::Process | Self::Docker => &[Moment::Sent, Moment::Begun],
            Self::K8s => &[Moment::Amid, Moment::Begun, Moment::Sent],
        }
    }

    /// Puts an engine on it.
    pub(crate) fn config(self, config: EmbeddedConfig) -> EmbeddedConfig {
        match self {
            Self::Process => config,
            Self::Docker => config.with_docker(DockerConfig::from_env()),
            Self::K8s => config.with_k8s(K8sConfig::new().with_pre_stop(PRE_STOP)),
        }
    }

    /// The name of a trial's project. On an engine, names are those of all trials.
    pub(crate) fn project(self, dir: &Path) -> String {
        match self {
            Self::Process => "shop".to_owned(),
            Self::Docker => format!("shop{}", short(dir)),
            Self::K8s => format!("trial{}", short(dir)),
        }
    }

    /// How what runs calls the program that plays every part.
    pub(crate) fn program(self, program: &Path) -> String {
        match self {
            Self::Process => program.to_string_lossy().into_owned(),
            Self::Docker | Self::K8s => IN_IMAGE.to_owned(),
        }
    }

    /// What of a trial is there that is no process, one text each.
    pub(crate) fn left(self, dir: &Path) -> Vec<String> {
        match self {
            Self::Process => Vec::new(),
            Self::Docker => match DockerEngine::from_env().owned(dir) {
                Ok(things) => things.iter().map(ToString::to_string).collect(),
                Err(error) => vec![format!("nobody knows what: {error}")],
            },
            Self::K8s => match KubernetesCluster::owned(dir) {
                Ok(namespaces) => namespaces.iter().map(|(name, _)| format!("namespace {name}")).collect(),
                Err(error) => vec![format!("nobody knows what: {error}")],
            },
        }
    }

    /// Everything of an environment that is there beside what Eve counts, one text each, the same in every trial.
    pub(crate) fn held(self, env: &EnvironmentId) -> Vec<String> {
        match self {
            Self::Process | Self::Docker => Vec::new(),
            Self::K8s => KubernetesCluster::held(&naming::namespace(env))
                .unwrap_or_else(|error| vec![format!("nobody knows what: {error}")]),
        }
    }

    /// An object's name, the same in every trial.
    pub(crate) fn named(self, object: &ObjectId, env: &EnvironmentId) -> String {
        match self {
            Self::Process | Self::Docker => object.to_string(),
            Self::K8s => plain(&object.to_string().replace(env.project.as_str(), "shop")),
        }
    }

    /// Ends what of a trial is there that is no process; true if there was nothing any more that is not about to end.
    pub(crate) fn sweep(self, dir: &Path) -> bool {
        // Who uses it may still be there, or it may be about to end: it is looked again.
        match self {
            Self::Process => true,
            Self::Docker => {
                let engine = DockerEngine::from_env();
                let Ok(left) = engine.owned(dir) else { return false };
                for thing in &left {
                    let _ = engine.remove(thing);
                }
                left.is_empty()
            }
            Self::K8s => {
                let Ok(mut left) = KubernetesCluster::owned(dir) else { return false };
                left.retain(|(_, is_ending)| !is_ending);
                for (namespace, _) in &left {
                    let _ = KubernetesCluster::remove(namespace);
                }
                left.is_empty()
            }
        }
    }

    /// Ends what runs in an instance by SIGKILL, where `pid` is what it says its process is; false if it
    /// was not there any more.
    pub(crate) fn kill(self, env: &EnvironmentId, object: &Object, pid: i32) -> bool {
        match self {
            Self::Process => Pid::from_raw(pid).is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok()),
            // A container's numbers are its own.
            Self::Docker => DockerEngine::from_env().kill(object.incarnation.as_str()).is_ok(),
            Self::K8s => {
                KubernetesCluster::kill(&naming::namespace(env), object.id.name.as_str()).is_ok_and(|killed| killed)
            }
        }
    }
}

/// What tells the names of one trial from those of others.
fn short(dir: &Path) -> String {
    Digest::of(dir.to_string_lossy().as_ref()).hex()[..12].to_owned()
}
