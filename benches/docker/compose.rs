//! The peer: Docker Compose.

use std::path::{Path, PathBuf};

use crate::Failure;
use crate::engine::Engine;
use crate::side_by_side::go_program::GoProgram;
use crate::side_by_side::program::Program;

/// What it is built from: `compose/go.mod` pins it.
const PROGRAM: GoProgram = GoProgram {
    name: "Docker Compose",
    version: "v5.5.0",
    package: "github.com/docker/compose/v5/cmd",
    version_variable: "github.com/docker/compose/v5/internal.Version",
    module: "benches/docker/compose",
};

/// Docker Compose, without a Docker command line around it.
#[derive(Debug)]
pub(crate) struct Compose {
    program: PathBuf,
    host: String,
    /// In place of the user's configuration.
    config: String,
    project: String,
}

impl Compose {
    /// Builds it from its released module, unless that was done before; none where there is no Go, or
    /// where it is not to be built.
    pub(crate) async fn find(
        engine: &Engine,
        dir: &Path,
        project: &str,
        builds: bool,
    ) -> Result<Option<Self>, Failure> {
        let Some(program) = PROGRAM.find(builds).await? else { return Ok(None) };
        Ok(Some(Self {
            program,
            host: engine.host().to_owned(),
            config: dir.to_string_lossy().into_owned(),
            project: project.to_owned(),
        }))
    }

    /// `config -q` of a file, for which no engine is needed; none where there is no Compose.
    pub(crate) async fn config(file: &Path, builds: bool) -> Result<Option<Program>, Failure> {
        let Some(program) = PROGRAM.find(builds).await? else { return Ok(None) };
        Ok(Some(Program::new(program).with(["-p", "bench", "-f"]).with_path(file).with(["config", "-q"])))
    }

    pub(crate) async fn version(&self) -> Result<String, Failure> {
        Ok(self.program().with(["version"]).output().await?.trim().to_owned())
    }

    /// `up -d`, with whatever else is asked for.
    pub(crate) fn up(&self, file: &Path, more: &[&str]) -> Program {
        self.on(file).with(["up", "-d"]).with(more.iter().copied())
    }

    pub(crate) fn down(&self, file: &Path) -> Program {
        self.on(file).with(["down"])
    }

    /// The label of whatever it makes.
    pub(crate) fn label(project: &str) -> String {
        format!("com.docker.compose.project={project}")
    }

    fn on(&self, file: &Path) -> Program {
        self.program().with(["-p", &self.project, "-f"]).with_path(file)
    }

    fn program(&self) -> Program {
        Program::new(&self.program)
            .with_variable("DOCKER_HOST", &self.host)
            .with_variable("DOCKER_CONFIG", &self.config)
    }
}
