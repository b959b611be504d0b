//! A peer: helm.

use std::path::{Path, PathBuf};

use crate::side_by_side::Failure;
use crate::side_by_side::go_program::GoProgram;
use crate::side_by_side::program::Program;

/// What it is built from: `helm/go.mod` pins it.
const PROGRAM: GoProgram = GoProgram {
    name: "helm",
    version: "v4.3.1",
    package: "helm.sh/helm/v4/cmd/helm",
    version_variable: "helm.sh/helm/v4/internal/version.version",
    module: "benches/kubernetes/helm",
};

const RELEASE: &str = "bench";

/// Helm, with a chart of the same objects.
#[derive(Debug)]
pub(crate) struct Helm {
    program: PathBuf,
    chart: PathBuf,
    kubeconfig: PathBuf,
    pub(crate) namespace: String,
}

impl Helm {
    pub(crate) async fn find(
        (dir, kubeconfig): (&Path, &Path),
        namespace: String,
        objects: &str,
        builds: bool,
    ) -> Result<Option<Self>, Failure> {
        let Some(program) = PROGRAM.find(builds).await? else { return Ok(None) };
        let chart = dir.join("chart");
        std::fs::create_dir_all(chart.join("templates"))?;
        std::fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: bench\nversion: 0.1.0\n")?;
        std::fs::write(chart.join("templates/all.yaml"), objects)?;
        Ok(Some(Self { program, chart, kubeconfig: kubeconfig.to_owned(), namespace }))
    }

    pub(crate) fn install(&self) -> Program {
        self.on("install").with_path(&self.chart).with(["--wait"])
    }

    pub(crate) fn upgrade(&self) -> Program {
        self.on("upgrade").with_path(&self.chart)
    }

    pub(crate) fn uninstall(&self) -> Program {
        self.on("uninstall").with(["--wait"])
    }

    pub(crate) async fn version(&self) -> Result<String, Failure> {
        Ok(Program::new(&self.program).with(["version", "--short"]).output().await?.trim().to_owned())
    }

    fn on(&self, verb: &str) -> Program {
        let home = self.chart.join("../helm");
        let program = Program::new(&self.program).with([verb, RELEASE, "--namespace", &self.namespace]);
        // In place of the user's own.
        ["HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELM_DATA_HOME"]
            .into_iter()
            .fold(program, |program, name| program.with_variable(name, home.to_string_lossy()))
            .with_variable("KUBECONFIG", self.kubeconfig.to_string_lossy())
    }
}
