//! This side: the command line `eve`.

use std::path::{Path, PathBuf};

use crate::Failure;
use crate::engine::Engine;
use crate::side_by_side::eve_build::eve_program;
use crate::side_by_side::program::Program;

/// The environment that everything is deployed to.
const ENVIRONMENT: &str = "bench";

/// The command line `eve`, built as it is handed out unless nothing is measured.
#[derive(Debug)]
pub(crate) struct EveProgram {
    program: PathBuf,
    host: String,
    state: PathBuf,
    project: String,
}

impl EveProgram {
    /// Builds it, where that is not done yet, beside this very program.
    pub(crate) async fn find(engine: &Engine, dir: &Path, project: &str, smoke: bool) -> Result<Self, Failure> {
        Ok(Self {
            program: eve_program(smoke).await?,
            host: engine.host().to_owned(),
            state: dir.join("state"),
            project: project.to_owned(),
        })
    }

    /// Where it remembers what it did.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    pub(crate) fn deploy(&self, file: &Path) -> Program {
        self.on(file, &self.host).with(["env", "deploy", ENVIRONMENT])
    }

    /// The same as a result for programs, by another address of the engine.
    pub(crate) fn deploy_by(&self, file: &Path, host: &str) -> Program {
        self.on(file, host).with(["--output", "json", "env", "deploy", ENVIRONMENT])
    }

    pub(crate) fn delete(&self, file: &Path) -> Program {
        self.on(file, &self.host).with(["env", "delete", ENVIRONMENT, "--yes"])
    }

    /// The label of whatever it makes.
    pub(crate) fn label(project: &str) -> String {
        format!("eve.environment=local/{project}/{ENVIRONMENT}")
    }

    fn on(&self, file: &Path, host: &str) -> Program {
        let program = Program::new(&self.program).with(["--runtime", "docker", "--state"]).with_path(&self.state);
        program.with(["--project", &self.project, "-f"]).with_path(file).with_variable("DOCKER_HOST", host)
    }
}
