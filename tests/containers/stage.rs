//! Where a story happens: the embedded defaults with a Docker Engine, in a temporary folder.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use bollard::Docker;
use bollard::query_parameters::ListContainersOptionsBuilder;
use eve::docker::DockerConfig;
use eve::event::{Fault, RunOutcome};
use eve::{
    DeployRequest, Embedded, EmbeddedConfig, EnvironmentId, HealthStatus, Project, RunHandle, RunReport, SourceDir,
    naming,
};
use futures_util::StreamExt as _;
use tempfile::TempDir;

use crate::shop::environment;

/// How long a story waits for a run.
const PATIENCE: Duration = Duration::from_mins(4);

pub(crate) struct Stage {
    pub(crate) eve: Embedded,
    pub(crate) docker: Docker,
    pub(crate) id: EnvironmentId,
    config: EmbeddedConfig,
    dir: TempDir,
}

impl Stage {
    /// On the engine that `DOCKER_HOST` names, or the system's own.
    pub(crate) async fn open() -> Self {
        Self::on(DockerConfig::from_env()).await
    }

    /// The same, with an ingress that outlives whoever needs it.
    pub(crate) async fn supervised() -> Self {
        let supervisor = |config: EmbeddedConfig| config.with_supervisor(env!("CARGO_BIN_EXE_eve-supervisor"));
        Self::shaped(DockerConfig::from_env(), supervisor).await
    }

    pub(crate) async fn on(config: DockerConfig) -> Self {
        Self::shaped(config, EmbeddedConfig::in_process).await
    }

    async fn shaped(config: DockerConfig, shape: impl FnOnce(EmbeddedConfig) -> EmbeddedConfig) -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        let app = dir.path().join("app");
        fs::create_dir(&app).expect("the folder can be written");
        let busybox = ["/bin/busybox", "/usr/bin/busybox"].iter().find(|path| fs::metadata(path).is_ok());
        fs::copy(busybox.expect("busybox-static is installed"), app.join("busybox")).expect("it can be copied");
        let text = "FROM scratch\nCOPY busybox /bin/busybox\nRUN [\"/bin/busybox\", \"--install\", \"-s\", \"/bin\"]\n";
        fs::write(app.join("Dockerfile"), text).expect("the folder can be written");
        let docker = Docker::connect_with_host(&config.host).expect("the engine's host is known");
        let config = shape(EmbeddedConfig::new(dir.path().join("state"))).with_docker(config);
        let eve = Embedded::open(config.clone()).await.expect("a new state opens");
        Self { eve, docker, id: environment(), config, dir }
    }

    /// Lets the engine go without a word, and opens the same state again.
    pub(crate) async fn reopen(self) -> Self {
        self.eve.leave().await;
        let eve = Embedded::open(self.config.clone()).await.expect("the state opens again");
        Self { eve, ..self }
    }

    pub(crate) async fn begin(&self, project: Project) -> RunHandle {
        let request = DeployRequest::new(project, self.id.env.clone()).with_source(SourceDir::new(self.dir.path()));
        self.eve.engine().deploy(request).await.expect("the deploy begins")
    }

    pub(crate) async fn deploy(&self, project: Project) -> RunReport {
        let run = self.begin(project).await;
        Self::end(&run).await
    }

    pub(crate) async fn end(run: &RunHandle) -> RunReport {
        let ended = tokio::time::timeout(PATIENCE, run.wait()).await;
        ended.expect("the run ends in time").expect("the run can be waited for")
    }

    /// True while a supervisor runs.
    pub(crate) fn has_supervisor(&self) -> bool {
        eve::supervisor::holder(self.eve.state_dir()).expect("its lock can be read").is_some()
    }

    /// Waits until a run reports something that begins like this.
    pub(crate) async fn until(run: &RunHandle, beginning: &str) {
        let (mut events, mut said) = (run.events(), Vec::new());
        while let Some(event) = events.next().await {
            if event.text.starts_with(beginning) {
                return;
            }
            said.push(event.text);
        }
        let outcome = Self::end(run).await.outcome;
        panic!("the run ended, {outcome:?}, before it said {beginning:?}: {said:#?}");
    }

    pub(crate) async fn health(&self) -> HealthStatus {
        self.eve.engine().health(&self.id).await.expect("the health is told").status
    }

    /// Ends the environment; nothing of it may be left, whoever is asked.
    pub(crate) async fn tear_down(self) {
        let run = self.eve.engine().delete(&self.id, "test").await.expect("the deletion begins");
        let report = Self::end(&run).await;
        assert!(report.outcome.is_success(), "{:?}", report.outcome);
        let left = self.eve.engine().leftovers(&self.id).await.expect("what is left is told");
        assert_eq!(left.count(), 0, "{left:?}");
        assert_eq!(self.containers().await, Vec::<String>::new());
        self.eve.shutdown().await;
    }

    /// The names of the environment's containers, as the engine tells them.
    pub(crate) async fn containers(&self) -> Vec<String> {
        let project = format!("com.docker.compose.project={}", naming::namespace(&self.id));
        let filters = HashMap::from([("label", vec![project])]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let listed = self.docker.list_containers(Some(options)).await.expect("the engine lists containers");
        let mut names: Vec<_> = listed.into_iter().filter_map(|one| one.names?.into_iter().next()).collect();
        names.sort();
        names
    }
}

/// Why a run failed.
pub(crate) fn fault(report: &RunReport) -> &Fault {
    match &report.outcome {
        RunOutcome::Failed { fault, .. } => fault,
        other => panic!("the run ended with {other:?}"),
    }
}
