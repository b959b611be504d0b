//! What services and jobs run on.

use std::path::Path;

use clap::ValueEnum;
use eve::docker::DockerConfig;
use eve::{Digest, EmbeddedConfig, Object};
use rustix::process::{Pid, Signal, kill_process};

use super::DockerEngine;
use super::setting::IN_IMAGE;

/// What services and jobs run on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Ground {
    /// Processes of this machine.
    #[default]
    Process,
    /// Containers of the Docker Engine that `DOCKER_HOST` names, or of the system's own.
    Docker,
}

impl Ground {
    /// How its name is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Docker => "docker",
        }
    }

    /// Puts an engine on it.
    pub(crate) fn config(self, config: EmbeddedConfig) -> EmbeddedConfig {
        match self {
            Self::Process => config,
            Self::Docker => config.with_docker(DockerConfig::from_env()),
        }
    }

    /// The name of a trial's project. On an engine, names are those of all trials.
    pub(crate) fn project(self, dir: &Path) -> String {
        match self {
            Self::Process => "shop".to_owned(),
            Self::Docker => format!("shop{}", &Digest::of(dir.to_string_lossy().as_ref()).hex()[..12]),
        }
    }

    /// How what runs calls the program that plays every part.
    pub(crate) fn program(self, program: &Path) -> String {
        match self {
            Self::Process => program.to_string_lossy().into_owned(),
            Self::Docker => IN_IMAGE.to_owned(),
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
        }
    }

    /// Ends what of a trial is there that is no process.
    pub(crate) fn sweep(self, dir: &Path) {
        if self == Self::Docker {
            let engine = DockerEngine::from_env();
            for thing in engine.owned(dir).unwrap_or_default() {
                // Who uses it may still be there: it is looked again.
                let _ = engine.remove(&thing);
            }
        }
    }

    /// Ends what runs in an instance by SIGKILL, where `pid` is what it says its process is; false if it
    /// was not there any more.
    pub(crate) fn kill(self, object: &Object, pid: i32) -> bool {
        match self {
            Self::Process => Pid::from_raw(pid).is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok()),
            // A container's numbers are its own.
            Self::Docker => DockerEngine::from_env().kill(object.incarnation.as_str()).is_ok(),
        }
    }
}
