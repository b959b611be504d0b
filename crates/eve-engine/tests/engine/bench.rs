//! An engine on backends in memory, and projects to deploy.

use std::sync::Arc;
use std::time::Duration;

use eve_core::desired::{BuildSpec, Dependency, ImageRef, Job, Port, Process, PublicRoute, Service, Source};
use eve_core::event::RunOutcome;
use eve_core::memory::{
    MemoryBlobs, MemoryJournal, MemoryRoutes, MemoryRunner, MemoryRuntime, MemorySecretStore, MemorySourceFiles,
};
use eve_core::pipeline::{Action, Step};
use eve_core::{
    Deadline, Desired, Digest, Entry, Env, EnvName, Environment, EnvironmentId, HostName, Journal, Object, Pipeline,
    PipelineName, Project, Release, ReleaseId, RetryPolicy, RouteId, RouteTarget, Routes as _, Runtime as _,
    ServiceName, SourceDir, StepName, StreamId, SystemEnv,
};
use eve_engine::{DeployRequest, Engine, EngineBuilder, RunHandle, RunRecord, RunReport};

use crate::clock::JumpingEnv;
use crate::tracking::{TrackedBuilder, TrackedRunner};

/// How long a test waits for anything: an hour on a slow machine is no failure of the engine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The public host of `web`.
pub(crate) const HOST: &str = "web.example.test";

/// An engine with the backends that it was given.
pub(crate) struct Bench {
    pub(crate) env: Arc<SystemEnv>,
    /// The clock by which leases end.
    pub(crate) clock: JumpingEnv,
    pub(crate) runtime: MemoryRuntime,
    pub(crate) routes: MemoryRoutes,
    pub(crate) runner: TrackedRunner,
    pub(crate) builder: TrackedBuilder,
    pub(crate) journal: MemoryJournal,
    pub(crate) blobs: MemoryBlobs,
    pub(crate) secrets: MemorySecretStore,
    pub(crate) source_files: MemorySourceFiles,
    pub(crate) engine: Engine,
    pub(crate) shop: EnvironmentId,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|builder, _| builder)
    }

    /// A bench whose workloads and attempts run on `workloads`.
    pub(crate) fn running_on(workloads: Arc<dyn Env>) -> Self {
        Self::made(workloads, |builder, _| builder)
    }

    /// A bench whose engine is plugged together in another way.
    pub(crate) fn with(shape: impl FnOnce(EngineBuilder, &Self) -> EngineBuilder) -> Self {
        Self::made(Arc::new(SystemEnv::new()), shape)
    }

    fn made(workloads: Arc<dyn Env>, shape: impl FnOnce(EngineBuilder, &Self) -> EngineBuilder) -> Self {
        let env = Arc::new(SystemEnv::new());
        let (clock, routes) = (JumpingEnv::new(), MemoryRoutes::new());
        let mut bench = Self {
            runtime: MemoryRuntime::new(workloads.clone()).with_routes(routes.clone()),
            runner: TrackedRunner::new(MemoryRunner::new(workloads)),
            builder: TrackedBuilder::default(),
            journal: MemoryJournal::new(Arc::new(clock.clone())),
            blobs: MemoryBlobs::new(),
            secrets: MemorySecretStore::new(),
            source_files: MemorySourceFiles::new(),
            engine: Engine::builder(env.clone()).in_memory().build().unwrap(),
            shop: EnvironmentId::parse("acme/shop/sandbox").unwrap(),
            env,
            clock,
            routes,
        };
        bench.engine = shape(bench.parts(), &bench).build().unwrap();
        bench
    }

    /// The parts of the bench, for one more engine on the same backends.
    pub(crate) fn parts(&self) -> EngineBuilder {
        self.parts_by(self.env.clone())
    }

    /// The parts of the bench, for an engine with a clock of its own.
    pub(crate) fn parts_by(&self, env: Arc<dyn Env>) -> EngineBuilder {
        let mut retry = RetryPolicy::default();
        retry.backoff = Duration::from_millis(1);
        Engine::builder(env)
            .retry(retry)
            .runtime(Arc::new(self.runtime.clone()))
            .routes(Arc::new(self.routes.clone()))
            .runner(Arc::new(self.runner.clone()))
            .builder(Arc::new(self.builder.clone()))
            .journal(Arc::new(self.journal.clone()))
            .blobs(Arc::new(self.blobs.clone()))
            .secrets(Arc::new(self.secrets.clone()))
            .source_files(Arc::new(self.source_files.clone()))
    }

    pub(crate) fn second_engine(&self) -> Engine {
        self.parts().build().unwrap()
    }

    /// Waits for something, no longer than a test may.
    pub(crate) async fn within<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        Deadline::after(&*self.env, PATIENCE).limit(&*self.env, what, work).await.unwrap()
    }

    /// Waits until something is true.
    pub(crate) async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        let look = async {
            while !is_so().await {
                self.env.sleep(Duration::from_millis(5)).await;
            }
        };
        self.within(what, look).await;
    }

    pub(crate) fn request(&self, project: Project) -> DeployRequest {
        DeployRequest::new(project, self.shop.env.clone()).with_source(SourceDir::new("/src"))
    }

    pub(crate) async fn begin(&self, project: Project) -> RunHandle {
        self.engine.deploy(self.request(project)).await.unwrap()
    }

    pub(crate) async fn end(&self, run: &RunHandle) -> RunReport {
        self.within("a run", run.wait()).await.unwrap()
    }

    pub(crate) async fn deploy(&self, project: Project) -> RunReport {
        self.end(&self.begin(project).await).await
    }

    /// Deploys what is to succeed.
    pub(crate) async fn succeed(&self, project: Project) -> RunReport {
        let report = self.deploy(project).await;
        assert!(report.outcome.is_success(), "{:?}", report.outcome);
        report
    }

    pub(crate) async fn run(&self, report: &RunReport) -> RunRecord {
        let runs = self.engine.runs(&report.environment).await.unwrap();
        runs.into_iter().find(|run| run.id == report.run).unwrap()
    }

    pub(crate) async fn status(&self) -> String {
        self.engine.health(&self.shop).await.unwrap().status.to_string()
    }

    /// The results of the ledger's lines, oldest first.
    pub(crate) async fn ledger(&self) -> Vec<&'static str> {
        let lines = self.engine.ledger(&self.shop).await.unwrap().lines;
        let word = |line: &eve_core::LedgerLine| match line.result {
            eve_core::LedgerResult::Healthy { .. } => "healthy",
            eve_core::LedgerResult::Failed { .. } => "failed",
            eve_core::LedgerResult::Deleted => "deleted",
            _ => "?",
        };
        lines.iter().map(word).collect()
    }

    pub(crate) async fn streams(&self) -> Vec<(StreamId, u64)> {
        self.journal.streams("").await.unwrap()
    }

    /// Every entry of every stream.
    pub(crate) async fn entries(&self) -> Vec<Entry> {
        let mut out = Vec::new();
        for (stream, _) in self.streams().await {
            out.extend(self.journal.read(&stream, 0, usize::MAX).await.unwrap());
        }
        out
    }

    /// The kinds of the entries of a run.
    pub(crate) async fn kinds(&self, run: &eve_core::RunId) -> Vec<String> {
        let entries = self.journal.read(&StreamId::run(&self.shop, run), 0, usize::MAX).await.unwrap();
        entries.into_iter().map(|entry| entry.record.kind).collect()
    }

    /// The instances of a service that are there.
    pub(crate) async fn instances(&self, service: &str) -> Vec<Object> {
        let seen = self.runtime.observe(&self.shop).await.unwrap();
        seen.objects
            .into_iter()
            .filter(|object| object.service.as_ref().is_some_and(|s| s.as_str() == service))
            .collect()
    }

    /// Where a route leads to.
    pub(crate) async fn targets(&self, id: &RouteId) -> Vec<RouteTarget> {
        let seen = self.routes.observe(&self.shop).await.unwrap();
        seen.into_iter().find(|route| route.id == *id).map(|route| route.targets).unwrap_or_default()
    }

    /// Where the public route leads to.
    pub(crate) async fn public_targets(&self) -> Vec<RouteTarget> {
        self.targets(&RouteId::Public { host: HostName::new(HOST).unwrap(), path: "/".to_owned() }).await
    }

    /// The release that a project becomes when it is deployed.
    pub(crate) async fn release(&self, id: &ReleaseId) -> Release {
        let releases = self.engine.releases(&self.shop.org, &self.shop.project).await.unwrap();
        releases.into_iter().find(|release| release.id == *id).unwrap()
    }
}

/// Services by name and command line, each with port 80 and a window of 20 ms; `web` has a public
/// route.
pub(crate) fn project(services: &[(&str, &[&str])]) -> Project {
    let shop = EnvironmentId::parse("acme/shop/sandbox").unwrap();
    let mut desired = Desired::empty(shop.clone());
    for (name, argv) in services {
        desired.services.insert(service_name(name), service(argv));
    }
    if desired.services.contains_key(&service_name("web")) {
        desired.routes.push(PublicRoute::new(service_name("web"), HostName::new(HOST).unwrap(), 80));
    }
    let mut project = Project::new(shop.org.clone(), shop.project.clone(), Digest::of("manifest"));
    project.environments.insert(shop.env.clone(), Environment::new(desired));
    project
}

/// One `web` with a command line.
pub(crate) fn web(argv: &[&str]) -> Project {
    project(&[("web", argv)])
}

pub(crate) fn service(argv: &[&str]) -> Service {
    let mut service = Service::new(Source::Image(ImageRef::new("web:1").unwrap()));
    service.process = Process::new(argv.iter().copied());
    service.ports.push(Port::tcp(80));
    service.rollout.window = Some(Duration::from_millis(20));
    service.rollout.drain = Duration::from_secs(2);
    service
}

/// A service that is built from a context of its name.
pub(crate) fn built(mut project: Project, service: &str) -> Project {
    let name = service_name(service);
    let env = sandbox(&mut project);
    env.desired.services.get_mut(&name).unwrap().source = Source::Build(BuildSpec::new(service));
    project
}

/// Lets one service wait until another is healthy.
pub(crate) fn needing(mut project: Project, service: &str, needed: &str) -> Project {
    let env = sandbox(&mut project);
    let service = env.desired.services.get_mut(&service_name(service)).unwrap();
    service.depends_on.insert(service_name(needed), Dependency::Healthy);
    project
}

/// Adds a job.
pub(crate) fn job(argv: &[&str]) -> Job {
    Job::new(Source::Image(ImageRef::new("job:1").unwrap()), Process::new(argv.iter().copied()))
}

/// Adds jobs, and a pipeline build → release → each of them → deploy.
pub(crate) fn with_jobs(mut project: Project, jobs: &[(&str, Job)]) -> Project {
    let mut steps = vec![
        step("build", Action::Build { services: Vec::new() }, None),
        step("release", Action::Release, Some("build")),
    ];
    for (name, job) in jobs {
        sandbox(&mut project).desired.jobs.insert(service_name(name), job.clone());
        let before = steps.last().unwrap().name.to_string();
        steps.push(step(name, Action::Job { service: service_name(name) }, Some(&before)));
    }
    let before = steps.last().unwrap().name.to_string();
    steps.push(step("deploy", Action::Deploy, Some(&before)));
    with_steps(project, steps)
}

pub(crate) fn with_steps(mut project: Project, steps: Vec<Step>) -> Project {
    let name = PipelineName::new("main").unwrap();
    project.pipelines.insert(name.clone(), Pipeline::new(steps).unwrap());
    sandbox(&mut project).pipeline = Some(name);
    project
}

pub(crate) fn step(name: &str, action: Action, needs: Option<&str>) -> Step {
    let mut step = Step::new(StepName::new(name).unwrap(), action);
    step.needs.extend(needs.map(|need| StepName::new(need).unwrap()));
    step
}

pub(crate) fn sandbox(project: &mut Project) -> &mut Environment {
    project.environments.get_mut(&EnvName::new("sandbox").unwrap()).unwrap()
}

pub(crate) fn service_name(name: &str) -> ServiceName {
    ServiceName::new(name).unwrap()
}

/// The release that a run brought the environment to.
pub(crate) fn release_of(report: &RunReport) -> ReleaseId {
    match &report.outcome {
        RunOutcome::Succeeded { release: Some(release), .. } => release.clone(),
        other => panic!("no release: {other:?}"),
    }
}

/// The fault of a run that failed.
pub(crate) fn fault_of(report: &RunReport) -> &eve_core::event::Fault {
    match &report.outcome {
        RunOutcome::Failed { fault, .. } => fault,
        other => panic!("it did not fail: {other:?}"),
    }
}
