//! What the play is played on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use eve::desired::BuildSpec;
use eve::docker::DockerConfig;
use eve::{
    Artifact, BuildCx, BuildRequest, Deadline, Embedded, EmbeddedConfig, Error, Result, ServiceName, SourceDir, codes,
};

use crate::project::Copy;
use crate::scenes::program;

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

    /// Makes ready what the services are built on: for containers an image of this very program with
    /// the libraries that it has loaded, and nothing else.
    pub(crate) async fn prepare(self, eve: &Embedded, dir: &Path, project: &Copy) -> Result<()> {
        if self == Self::Process {
            return Ok(());
        }
        let root = dir.join("base");
        lay_out(&root).map_err(|e| {
            Error::unavailable(codes::BACKEND_IO, "this program cannot be copied for its image").with_source(e)
        })?;
        let env = Arc::clone(&eve.parts().env);
        let request = BuildRequest::new(ServiceName::new("base")?, BuildSpec::new("."), SourceDir::new(&root));
        let cx = BuildCx::new(env.clone(), Deadline::after(&*env, Duration::from_secs(300)));
        match eve.parts().builder.build(&request, &cx).await? {
            Artifact::LocalImage { id, .. } => project.write_images(&id),
            other => Err(Error::internal(codes::INTERNAL_INVARIANT, format!("the builder made {other}, no image"))),
        }
    }
}

/// The context of the base image.
fn lay_out(root: &Path) -> std::io::Result<()> {
    const DOCKERFILE: &str = "FROM scratch\nCOPY files /\nENV PATH=/bin LISTEN=0.0.0.0\n";
    fs::create_dir_all(root.join("files/bin"))?;
    fs::write(root.join("Dockerfile"), DOCKERFILE)?;
    let me = program().map_err(std::io::Error::other)?;
    fs::copy(&me, root.join("files/bin/quickstart"))?;
    for library in loaded()?.into_iter().filter(|library| *library != me) {
        let below = library.strip_prefix("/").unwrap_or(&library);
        let to = root.join("files").join(below);
        to.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::copy(&library, to)?;
    }
    // Where the system keeps them apart, the program looks for its loader below the root.
    let loader = loaded()?.into_iter().find(|library| named(library).starts_with("ld-linux"));
    if let Some(loader) = loader {
        fs::create_dir_all(root.join("files/lib64"))?;
        fs::copy(&loader, root.join("files/lib64").join(named(&loader)))?;
    }
    Ok(())
}

fn named(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The files that this program runs from: itself and its libraries.
fn loaded() -> std::io::Result<Vec<PathBuf>> {
    let maps = fs::read_to_string("/proc/self/maps")?;
    let mut files: Vec<PathBuf> =
        maps.lines().filter_map(|line| line.find('/').map(|at| PathBuf::from(&line[at..]))).collect();
    files.retain(|file| file.is_file());
    files.sort();
    files.dedup();
    Ok(files)
}
