//! Local processes, held by this process and by a supervisor.

use std::fs;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use eve::desired::{BuildSpec, Service, Source};
use eve::supervisor;
use eve::{
    Artifact, AttemptId, AttemptSpec, BuildCx, BuildRequest, Builder, Deadline, Digest, Embedded, EmbeddedConfig,
    EmbeddedParts, Env, EnvironmentId, Error, Fence, OpCx, OpId, Result, Routes, RunId, Runner, Runtime, ServiceName,
    SourceDir, SystemEnv, Template, VarName, codes,
};
use eve_testkit::{BuilderHarness, RoutesHarness, RunnerHarness, RuntimeHarness, WorkloadHarness};
use tempfile::TempDir;

use crate::fixture;

/// Processes in a temporary folder, with one snapshot that everything starts from.
#[derive(Default)]
pub(crate) struct Processes {
    supervised: bool,
    started: OnceLock<(Embedded, Artifact)>,
    folders: Mutex<Vec<TempDir>>,
}

impl Processes {
    /// Held by this process.
    pub(crate) fn here() -> Self {
        Self::default()
    }

    /// Held by a supervisor.
    pub(crate) fn supervised() -> Self {
        Self { supervised: true, ..Self::default() }
    }

    fn folder(&self) -> Result<std::path::PathBuf> {
        let dir = tempfile::tempdir().map_err(io)?;
        let path = dir.path().to_owned();
        self.folders.lock().unwrap_or_else(PoisonError::into_inner).push(dir);
        Ok(path)
    }

    /// The parts of an engine.
    pub(crate) async fn parts(&self) -> Result<&EmbeddedParts> {
        if self.started.get().is_none() {
            // Small log files: the suite writes more than they keep.
            let mut config = EmbeddedConfig::new(self.folder()?.join("state")).with_log_rotation(4096, 2);
            if self.supervised {
                config = config.with_supervisor(env!("CARGO_BIN_EXE_eve-supervisor"));
            }
            let embedded = Embedded::open(config).await?;
            let request = BuildRequest::new(ServiceName::new("web")?, BuildSpec::new("app"), self.project("x").await?);
            let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
            let cx = BuildCx::new(env.clone(), Deadline::after(&*env, Duration::from_secs(30)));
            let artifact = embedded.parts().builder.build(&request, &cx).await?;
            // A case asks for its backend once.
            self.started.get_or_init(|| (embedded, artifact));
        }
        let started = self.started.get().map(|(embedded, _)| embedded.parts());
        started.ok_or_else(|| io(std::io::Error::other("nothing was started")))
    }

    /// Ends everything, and the supervisor where there is one.
    pub(crate) async fn stop(&self) {
        let Some((embedded, _)) = self.started.get() else { return };
        let dir = embedded.state_dir().to_owned();
        embedded.clone().shutdown().await;
        if self.supervised {
            supervisor::end(&dir).await.expect("the supervisor ends");
        }
    }

    fn attempt(&self, mut spec: AttemptSpec, role: &str) -> AttemptSpec {
        let (name, text) = fixture::variable(role).expect("the variable's name is valid");
        spec.argv = fixture::argv();
        spec.variables.insert(name, Template::text(text));
        spec.artifact = self.started.get().map(|(_, artifact)| artifact.clone());
        spec
    }
}

fn io(e: std::io::Error) -> Error {
    Error::unavailable(codes::BACKEND_IO, "the harness cannot use a temporary folder").with_source(e)
}

fn service(role: &str) -> Service {
    let mut service = Service::new(Source::Build(BuildSpec::new("app")));
    service.process = fixture::process(role);
    service.ports.push(fixture::port());
    service
}

#[async_trait]
impl RuntimeHarness for Processes {
    async fn runtime(&self) -> Result<Arc<dyn Runtime>> {
        Ok(Arc::clone(&self.parts().await?.runtime))
    }

    fn artifact(&self, _: &ServiceName) -> Option<Artifact> {
        self.started.get().map(|(_, artifact)| artifact.clone())
    }

    fn serves_http(&self) -> Service {
        service("serve")
    }

    fn exits(&self, code: i32) -> Service {
        service(&format!("exit {code}"))
    }

    fn never_ready(&self) -> Service {
        service("hang")
    }

    fn prints(&self, lines: usize) -> Service {
        service(&format!("print {lines}"))
    }

    fn lines_too_many(&self) -> usize {
        5000
    }

    fn unobtainable(&self, number: u32) -> Option<(Service, Option<Artifact>)> {
        Some((service("serve"), Some(Artifact::Snapshot { digest: Digest::of(number.to_string()) })))
    }

    fn reaches_instances(&self) -> bool {
        true
    }

    async fn close(&self, _: Arc<dyn Runtime>) {
        self.stop().await;
    }
}

impl WorkloadHarness for Processes {
    fn exits_by_variable(&self, variable: &VarName) -> Service {
        service(&format!("exit-by-variable {variable}"))
    }

    fn exits_by_descriptors(&self) -> Service {
        service("exit-by-descriptors")
    }

    fn refuses_to_end(&self) -> Service {
        service("serve-on")
    }
}

#[async_trait]
impl RunnerHarness for Processes {
    async fn runner(&self) -> Result<Arc<dyn Runner>> {
        Ok(Arc::clone(&self.parts().await?.runner))
    }

    fn exits(&self, spec: AttemptSpec, code: i32) -> AttemptSpec {
        self.attempt(spec, &format!("exit {code}"))
    }

    fn runs_long(&self, spec: AttemptSpec) -> AttemptSpec {
        self.attempt(spec, "hang")
    }

    fn prints(&self, spec: AttemptSpec, lines: usize) -> AttemptSpec {
        self.attempt(spec, &format!("print-and-end {lines}"))
    }

    fn leaves_file(&self, spec: AttemptSpec, name: &str, text: &str) -> Option<AttemptSpec> {
        Some(self.attempt(spec, &format!("leave {name} {text}")))
    }

    fn unobtainable(&self, spec: AttemptSpec) -> Option<AttemptSpec> {
        let mut spec = self.attempt(spec, "exit 0");
        spec.artifact = Some(Artifact::Snapshot { digest: Digest::of("nobody's") });
        Some(spec)
    }

    async fn close(&self, _: Arc<dyn Runner>) {
        self.stop().await;
    }
}

#[async_trait]
impl BuilderHarness for Processes {
    async fn builder(&self) -> Result<Arc<dyn Builder>> {
        Ok(Arc::clone(&self.parts().await?.builder))
    }

    async fn project(&self, text: &str) -> Result<SourceDir> {
        let root = self.folder()?;
        fs::create_dir(root.join("app")).map_err(io)?;
        fs::write(root.join("app").join("file.txt"), text).map_err(io)?;
        Ok(SourceDir::new(root))
    }

    async fn make_use_of(&self, artifact: &Artifact) -> Result<bool> {
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let environment = EnvironmentId::parse("suite/users/one")?;
        let id = AttemptId::new(&RunId::generate(&*env), "use", 1);
        let mut spec = self.attempt(AttemptSpec::new(id, environment.clone(), "use", Vec::new()), "hang");
        spec.artifact = Some(artifact.clone());
        let deadline = Deadline::after(&*env, Duration::from_secs(30));
        let cx = OpCx::new(env, environment, OpId::new("use"), Fence::new(1), deadline);
        self.parts().await?.runner.start(&spec, &cx).await.map(|_| true)
    }

    async fn close(&self, _: Arc<dyn Builder>) {
        self.stop().await;
    }
}

#[async_trait]
impl RoutesHarness for Processes {
    async fn routes(&self) -> Result<Arc<dyn Routes>> {
        Ok(Arc::clone(&self.parts().await?.routes))
    }

    async fn close(&self, _: Arc<dyn Routes>) {
        self.stop().await;
    }
}

eve_testkit::runtime_conformance!(runtime, Processes::here());
eve_testkit::workload_conformance!(workload, Processes::here());
eve_testkit::runner_conformance!(runner, Processes::here());
eve_testkit::builder_conformance!(builder, Processes::here());
eve_testkit::runtime_conformance!(supervised_runtime, Processes::supervised());
eve_testkit::workload_conformance!(supervised_workload, Processes::supervised());
eve_testkit::runner_conformance!(supervised_runner, Processes::supervised());
eve_testkit::routes_conformance!(supervised_routes, Processes::supervised());
