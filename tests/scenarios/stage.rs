//! Where a story happens: the embedded defaults in a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use eve::event::{Fault, RunOutcome};
use eve::{
    DeployRequest, Embedded, EmbeddedConfig, EnvironmentId, HealthStatus, LedgerResult, LogItem, LogOptions,
    LogSubject, Object, Project, RunHandle, RunReport, SourceDir, supervisor,
};
use futures_util::StreamExt as _;
use tempfile::TempDir;
use tokio::process::Command;

use crate::client::{self, Visitor};
use crate::shop::{HOST, env, environment, service_name};

/// How long a story waits for something that has to come.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) struct Stage {
    pub(crate) eve: Embedded,
    place: Place,
    pub(crate) id: EnvironmentId,
}

/// A folder, and who holds what runs below it.
struct Place {
    dir: TempDir,
    supervised: bool,
}

impl Place {
    fn config(&self) -> EmbeddedConfig {
        let config = EmbeddedConfig::new(self.dir.path().join("state"));
        if self.supervised { config.with_supervisor(env!("CARGO_BIN_EXE_eve-supervisor")) } else { config }
    }
}

impl Drop for Place {
    /// Ends the supervisor, with whatever a story that broke off left in it.
    fn drop(&mut self) {
        let state = self.dir.path().join("state");
        let end = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(supervisor::end(state))
        });
        if let Ok(Err(error)) = end.join() {
            eprintln!("the supervisor is not ended: {}", error.chain());
        }
    }
}

impl Stage {
    /// With everything that runs held by a supervisor.
    pub(crate) async fn open() -> Self {
        Self::open_in(true).await
    }

    /// With everything that runs held by this process.
    pub(crate) async fn in_process() -> Self {
        Self::open_in(false).await
    }

    async fn open_in(supervised: bool) -> Self {
        let place = Place { dir: TempDir::new().expect("a temporary folder"), supervised };
        fs::create_dir(place.dir.path().join("app")).expect("the folder can be written");
        let eve = Embedded::open(place.config()).await.expect("a new state opens");
        Self { eve, place, id: environment() }
    }

    /// The configuration that it is opened with.
    pub(crate) fn config(&self) -> EmbeddedConfig {
        self.place.config()
    }

    /// Ends the engine and opens the same state again.
    pub(crate) async fn reopen(self) -> Self {
        self.eve.shutdown().await;
        let eve = Embedded::open(self.place.config()).await.expect("the state opens again");
        Self { eve, ..self }
    }

    /// The path of a file outside the state and the sources.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.place.dir.path().join(name)
    }

    pub(crate) fn request(&self, project: Project) -> DeployRequest {
        DeployRequest::new(project, env()).with_source(SourceDir::new(self.place.dir.path()))
    }

    pub(crate) async fn begin(&self, project: Project) -> RunHandle {
        self.eve.engine().deploy(self.request(project)).await.expect("the deploy begins")
    }

    pub(crate) async fn deploy(&self, project: Project) -> RunReport {
        end(&self.begin(project).await).await
    }

    pub(crate) async fn succeed(&self, project: Project) {
        let report = self.deploy(project).await;
        assert!(report.outcome.is_success(), "{:?}", report.outcome);
        assert_eq!(self.status().await, HealthStatus::Ready);
    }

    /// Ends the environment; nothing may be left of it.
    pub(crate) async fn delete(self) {
        let run = self.eve.engine().delete(&self.id, "story").await.expect("the end begins");
        let report = end(&run).await;
        assert!(report.outcome.is_success(), "{:?}", report.outcome);
        self.expect_nothing().await;
        self.eve.shutdown().await;
    }

    pub(crate) async fn expect_nothing(&self) {
        let left = self.eve.engine().leftovers(&self.id).await.expect("the backends answer");
        assert_eq!(left.count(), 0, "{left:?}");
    }

    pub(crate) async fn status(&self) -> HealthStatus {
        self.eve.engine().health(&self.id).await.expect("the journal answers").status
    }

    /// How each line of the ledger ended.
    pub(crate) async fn ledger(&self) -> Vec<&'static str> {
        let ledger = self.eve.engine().ledger(&self.id).await.expect("the journal answers");
        let words = ledger.lines.iter().map(|line| match line.result {
            LedgerResult::Healthy { .. } => "healthy",
            LedgerResult::Failed { .. } => "failed",
            _ => "other",
        });
        words.collect()
    }

    /// What runs, as a plan of `project` sees it.
    pub(crate) async fn objects(&self, project: Project) -> Vec<Object> {
        let seen = self.eve.engine().plan(&self.request(project)).await.expect("a plan is made").seen;
        seen.ours().cloned().collect()
    }

    /// Asks `web` through the ingress.
    pub(crate) async fn get(&self) -> String {
        client::get(self.port().await, HOST).await.expect("web answers")
    }

    /// The port of the ingress.
    pub(crate) async fn port(&self) -> u16 {
        self.eve.ingress_port().await.expect("the ingress listens")
    }

    pub(crate) async fn visitor(&self) -> Visitor {
        Visitor::start(self.port().await, HOST.to_owned())
    }

    /// Every line that `web` wrote and that is kept.
    pub(crate) async fn log(&self) -> Vec<String> {
        read_log(self.eve.engine(), &self.id).await
    }
}

/// Every line that `web` wrote and that is kept.
pub(crate) async fn read_log(engine: &eve::Engine, id: &EnvironmentId) -> Vec<String> {
    let subject = LogSubject::Service(id.clone(), service_name("web"));
    let items: Vec<_> = engine.logs(&subject, LogOptions::default()).collect().await;
    let lines = items.into_iter().filter_map(|item| match item.expect("the log can be read") {
        LogItem::Line { bytes, .. } => Some(String::from_utf8_lossy(&bytes).into_owned()),
        _ => None,
    });
    lines.collect()
}

/// Waits for a run's end.
pub(crate) async fn end(run: &RunHandle) -> RunReport {
    let ended = tokio::time::timeout(PATIENCE, run.wait()).await;
    ended.expect("the run ends in time").expect("the engine is there")
}

/// The fault that ended a run.
pub(crate) fn fault_of(report: &RunReport) -> &Fault {
    let RunOutcome::Failed { fault, .. } = &report.outcome else { panic!("{:?}", report.outcome) };
    fault
}

/// Waits until it is so.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("this did not come: {what}"));
}

/// Waits until a workload says in a file that it runs, and returns its process id.
pub(crate) async fn pid_in(file: &Path) -> String {
    let file = file.with_extension("pid");
    let read = || fs::read_to_string(&file).unwrap_or_default();
    until("the workload runs", async || !read().is_empty()).await;
    read()
}

/// True while a process is there.
pub(crate) async fn lives(pid: &str) -> bool {
    let asked = Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status().await;
    asked.expect("kill runs").success()
}

/// Ends a process without a warning.
pub(crate) async fn kill(pid: &str) {
    let killed = Command::new("kill").args(["-KILL", pid]).status().await;
    assert!(killed.expect("kill runs").success());
}
