//! What the play is played on.

use std::path::Path;

use clap::ValueEnum;
use eve::docker::DockerConfig;
use eve::{Embedded, EmbeddedConfig, Result};

use crate::own_image;
use crate::project::Copy;

/// What services and jobs run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ground {
    /// Processes of this machine.
    Process,
    /// Containers of the Docker Engine that `DOCKER_HOST` names, or of the system's own.
    Docker,
}

impl Ground {
    /// How its name is written on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Docker => "docker",
        }
    }

    pub(crate) fn config(self, config: EmbeddedConfig) -> EmbeddedConfig {
        match self {
            Self::Process => config,
            Self::Docker => config.with_docker(DockerConfig::from_env()),
        }
    }

    /// Makes ready what the services are built on: for containers, an image of this very program.
    pub(crate) async fn prepare(self, eve: &Embedded, dir: &Path, project: &Copy) -> Result<()> {
        match self {
            Self::Process => Ok(()),
            Self::Docker => project.write_images(&own_image::build(eve, dir, "quickstart").await?),
        }
    }
}
