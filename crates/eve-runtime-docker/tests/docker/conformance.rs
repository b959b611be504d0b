//! The published suites on containers.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use bollard::models::{ContainerCreateBody, NetworkCreateRequest};
use bollard::query_parameters::{CreateContainerOptionsBuilder, RemoveImageOptionsBuilder};
use eve_core::desired::{ImageRef, Service, Source};
use eve_core::{
    Artifact, AttemptSpec, Builder, EnvironmentId, Error, ObjectId, Result, Runner, Runtime, SourceDir, VarName, codes,
    naming,
};
use eve_runtime_docker::DockerConfig;
use eve_testkit::{BuilderHarness, RunnerHarness, RuntimeHarness, WorkloadHarness};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::elsewhere::over_tcp;
use crate::engine::{Engine, IMAGE};
use crate::programs;
use crate::registry::{Registry, free_address};

/// Containers of an owner of their own.
#[derive(Default)]
struct Containers {
    engine: OnceCell<Engine>,
    /// Ids of what was planted.
    planted: Mutex<Vec<String>>,
    registry: OnceCell<Registry>,
    /// True for an engine that seems not to be on this machine.
    elsewhere: bool,
}

impl Containers {
    fn elsewhere() -> Self {
        Self { elsewhere: true, ..Self::default() }
    }

    async fn engine(&self) -> Result<&Engine> {
        let opening = || async {
            let config = DockerConfig::from_env();
            let config = if self.elsewhere { over_tcp(config).await } else { config };
            // Small log files: the suite writes more than they keep.
            Engine::open(|own| own.with_host(config.host).with_log_rotation(4096, 2)).await
        };
        self.engine.get_or_try_init(opening).await
    }

    /// An image that only a registry has.
    async fn far_image(&self) -> Result<ImageRef> {
        let registry = self.registry.get_or_init(Registry::open).await;
        ImageRef::new(registry.put(&self.engine().await?.docker, IMAGE, "eve-test/far:1").await)
    }

    /// Removes what was fetched.
    async fn forget_far(&self) {
        if let (Some(registry), Some(engine)) = (self.registry.get(), self.engine.get()) {
            let how = RemoveImageOptionsBuilder::new().build();
            // No case but one fetches it.
            let _ = engine.docker.remove_image(&registry.name("eve-test/far:1"), Some(how), None).await;
        }
    }
}

#[async_trait]
impl RuntimeHarness for Containers {
    async fn runtime(&self) -> Result<Arc<dyn Runtime>> {
        Ok(Arc::new(self.engine().await?.host.runtime()))
    }

    fn serves_http(&self) -> Service {
        programs::serves()
    }

    fn exits(&self, code: i32) -> Service {
        programs::shell(&format!("exit {code}"))
    }

    fn never_ready(&self) -> Service {
        programs::shell("sleep 1000 & wait $!")
    }

    fn prints(&self, lines: usize) -> Service {
        programs::prints(lines)
    }

    fn lines_too_many(&self) -> usize {
        500
    }

    fn unobtainable(&self, number: u32) -> Option<(Service, Option<Artifact>)> {
        let mut service = programs::serves();
        service.source = Source::Image(ImageRef::new(format!("{}/nobodys:{number}", free_address())).ok()?);
        Some((service, None))
    }

    async fn to_be_fetched(&self) -> Result<Option<Service>> {
        let mut service = programs::serves();
        service.source = Source::Image(self.far_image().await?);
        Ok(Some(service))
    }

    fn reaches_instances(&self) -> bool {
        true
    }

    async fn plant_stranger(&self, _: &dyn Runtime, env: &EnvironmentId, object: &ObjectId) -> Result<bool> {
        let engine = self.engine().await?;
        let name = format!("{}_{}", naming::namespace(env), object.name);
        let failed = |cause| Error::failed(codes::BACKEND_IO, "no stranger can be planted").with_source(cause);
        let id = match object.kind.as_str() {
            "network" => {
                let request = NetworkCreateRequest { name, ..NetworkCreateRequest::default() };
                engine.docker.create_network(request).await.map_err(failed)?.id
            }
            "container" => {
                let options = CreateContainerOptionsBuilder::new().name(&name).build();
                let body = ContainerCreateBody {
                    image: Some(IMAGE.to_owned()),
                    cmd: Some(vec!["true".to_owned()]),
                    ..ContainerCreateBody::default()
                };
                engine.docker.create_container(Some(options), body).await.map_err(failed)?.id
            }
            _ => return Ok(false),
        };
        self.planted.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        Ok(true)
    }

    async fn close(&self, _: Arc<dyn Runtime>) {
        let Some(engine) = self.engine.get() else { return };
        let planted = std::mem::take(&mut *self.planted.lock().unwrap_or_else(PoisonError::into_inner));
        for id in planted {
            // It is one or the other.
            let _ = engine.docker.remove_network(&id).await;
            let _ = engine.docker.remove_container(&id, None).await;
        }
        engine.close().await;
        self.forget_far().await;
    }
}

impl WorkloadHarness for Containers {
    fn exits_by_variable(&self, variable: &VarName) -> Service {
        programs::shell(&format!("exit ${variable}"))
    }

    fn exits_by_file(&self, path: &str) -> Option<Service> {
        Some(programs::shell(&format!("exit $(cat {path})")))
    }

    fn exits_by_descriptors(&self) -> Service {
        // Three of its own, and the one by which it lists them.
        programs::shell("exit $(( $(ls /proc/self/fd | wc -l) - 4 ))")
    }

    fn refuses_to_end(&self) -> Service {
        programs::serves_on()
    }
}

#[async_trait]
impl RunnerHarness for Containers {
    async fn runner(&self) -> Result<Arc<dyn Runner>> {
        Ok(Arc::new(self.engine().await?.host.runner()))
    }

    fn exits(&self, spec: AttemptSpec, code: i32) -> AttemptSpec {
        programs::attempt(spec, &format!("exit {code}"))
    }

    fn runs_long(&self, spec: AttemptSpec) -> AttemptSpec {
        programs::attempt(spec, "sleep 1000 & wait $!")
    }

    fn prints(&self, spec: AttemptSpec, lines: usize) -> AttemptSpec {
        programs::attempt(spec, &format!("i=1; while [ $i -le {lines} ]; do echo line $i; i=$((i+1)); done"))
    }

    fn exits_by_file(&self, spec: AttemptSpec, path: &str) -> Option<AttemptSpec> {
        Some(programs::attempt(spec, &format!("exit $(cat {path})")))
    }

    fn leaves_file(&self, spec: AttemptSpec, name: &str, text: &str) -> Option<AttemptSpec> {
        Some(programs::attempt(spec, &format!("printf '%s' '{text}' > $EVE_ARTIFACTS/{name}")))
    }

    fn unobtainable(&self, spec: AttemptSpec) -> Option<AttemptSpec> {
        let mut spec = programs::attempt(spec, "exit 0");
        spec.image = Some(ImageRef::new(format!("{}/nobodys:1", free_address())).ok()?);
        Some(spec)
    }

    async fn to_be_fetched(&self, spec: AttemptSpec) -> Result<Option<AttemptSpec>> {
        let mut spec = programs::attempt(spec, "exit 0");
        spec.image = Some(self.far_image().await?);
        Ok(Some(spec))
    }

    async fn close(&self, _: Arc<dyn Runner>) {
        if let Some(engine) = self.engine.get() {
            engine.close().await;
        }
        self.forget_far().await;
    }
}

/// An engine, and projects for it.
#[derive(Default)]
struct Images {
    engine: OnceCell<Engine>,
    /// What no other test's projects hold: of two equal builds at once the engine makes two images.
    own: OnceLock<u64>,
    folders: Mutex<Vec<TempDir>>,
}

#[async_trait]
impl BuilderHarness for Images {
    async fn builder(&self) -> Result<Arc<dyn Builder>> {
        let engine = self.engine.get_or_try_init(|| Engine::open(|config| config)).await?;
        Ok(Arc::new(engine.host.builder()))
    }

    async fn project(&self, text: &str) -> Result<SourceDir> {
        let broken = |e| Error::failed(codes::BACKEND_IO, "no project can be made").with_source(e);
        let root = tempfile::tempdir().map_err(broken)?;
        let app = root.path().join("app");
        std::fs::create_dir(&app).map_err(broken)?;
        std::fs::write(app.join("Dockerfile"), format!("FROM {IMAGE}\nCOPY file.txt /\n")).map_err(broken)?;
        let own = self.own.get_or_init(crate::engine::random);
        std::fs::write(app.join("file.txt"), format!("{text} {own}")).map_err(broken)?;
        let source = SourceDir::new(root.path());
        self.folders.lock().unwrap_or_else(PoisonError::into_inner).push(root);
        Ok(source)
    }

    async fn make_use_of(&self, artifact: &Artifact) -> Result<bool> {
        let (Artifact::LocalImage { id, .. }, Some(engine)) = (artifact, self.engine.get()) else { return Ok(false) };
        engine.container_of(&id.to_string()).await;
        Ok(true)
    }

    async fn close(&self, _: Arc<dyn Builder>) {
        if let Some(engine) = self.engine.get() {
            engine.close().await;
        }
    }
}

eve_testkit::runtime_conformance!(
    #[ignore = "needs docker: containers are made"]
    runtime,
    Containers::default()
);
eve_testkit::workload_conformance!(
    #[ignore = "needs docker: containers are made"]
    workload,
    Containers::default()
);
eve_testkit::workload_conformance!(
    #[ignore = "needs docker: containers are made"]
    workload_elsewhere,
    Containers::elsewhere()
);
eve_testkit::runner_conformance!(
    #[ignore = "needs docker: containers are made"]
    runner,
    Containers::default()
);
eve_testkit::builder_conformance!(
    #[ignore = "needs docker: images are built"]
    builder,
    Images::default()
);
