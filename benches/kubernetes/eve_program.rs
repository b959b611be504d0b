//! This side: the command line `eve`.

use std::path::{Path, PathBuf};

use crate::side_by_side::Failure;
use crate::side_by_side::eve_build::eve_program;
use crate::side_by_side::program::Program;

/// The environment that everything is deployed to.
const ENVIRONMENT: &str = "bench";

/// The command line `eve`.
#[derive(Debug)]
pub(crate) struct EveProgram {
    program: PathBuf,
    state: PathBuf,
    project: String,
}

impl EveProgram {
    pub(crate) async fn find(dir: &Path, project: &str, smoke: bool) -> Result<Self, Failure> {
        Ok(Self { program: eve_program(smoke).await?, state: dir.join("state"), project: project.to_owned() })
    }

    /// Where it remembers what it did.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    /// The environment's address.
    pub(crate) fn environment(&self) -> String {
        format!("local/{}/{ENVIRONMENT}", self.project)
    }

    /// The namespace of what it deploys.
    pub(crate) fn namespace(&self) -> String {
        format!("eve-local-{}-{ENVIRONMENT}", self.project)
    }

    /// A deploy, with a line for everything that happens.
    pub(crate) fn deploy(&self, kubeconfig: &Path) -> Program {
        self.on(kubeconfig).with(["env", "deploy", ENVIRONMENT])
    }

    pub(crate) fn delete(&self, kubeconfig: &Path) -> Program {
        self.on(kubeconfig).with(["env", "delete", ENVIRONMENT, "--yes"])
    }

    fn on(&self, kubeconfig: &Path) -> Program {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/kubernetes/compose-20.yaml");
        let program = Program::new(&self.program).with(["--runtime", "k8s", "--state"]).with_path(&self.state);
        let program = program.with(["--project", &self.project, "-f"]).with_path(&file);
        program.with_variable("KUBECONFIG", kubeconfig.to_string_lossy())
    }
}
