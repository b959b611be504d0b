//! The memory backends.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use eve::desired::{ImageRef, Port, Process, Service, Source};
use eve::memory::{
    MemoryBlobs, MemoryBuilder, MemoryImages, MemoryJournal, MemoryRoutes, MemoryRunner, MemoryRuntime,
    MemorySecretStore, MemorySourceFiles,
};
use eve::{
    Artifact, AttemptSpec, Blobs, Builder, EnvironmentId, Journal, ObjectId, Result, Routes, Runner, Runtime,
    SecretStore, SourceDir, SourceFiles, SourcePath, SystemEnv, codes,
};
use eve_testkit::{
    BlobsHarness, BuilderHarness, DeadInstance, JournalHarness, RoutesHarness, RunnerHarness, RuntimeHarness,
    SecretsHarness, SourceFilesHarness,
};

/// How many lines of each instance the runtime under test keeps.
const KEPT: usize = 50;

/// How long an image takes that is fetched.
const FAR: Duration = Duration::from_millis(20);

/// One memory runtime, and what the suite needs around it.
pub(crate) struct MemoryRuntimes(MemoryRuntime, MemoryImages);

impl MemoryRuntimes {
    pub(crate) fn new() -> Self {
        Self::with(|runtime| runtime)
    }

    /// One that was changed.
    pub(crate) fn with(change: impl FnOnce(MemoryRuntime) -> MemoryRuntime) -> Self {
        let (env, images) = (Arc::new(SystemEnv::new()), MemoryImages::new());
        Self(change(MemoryRuntime::new(env).with_images(images.clone()).with_log_capacity(KEPT)), images)
    }
}

fn service(argv: &[&str]) -> Service {
    service_of("simulated", argv)
}

fn service_of(image: &str, argv: &[&str]) -> Service {
    let mut service = Service::new(Source::Image(ImageRef::new(image).expect("a valid reference")));
    service.process = Process::new(argv.iter().copied());
    service.ports.push(Port::tcp(8080));
    service
}

#[async_trait]
impl RuntimeHarness for MemoryRuntimes {
    async fn runtime(&self) -> Result<Arc<dyn Runtime>> {
        Ok(Arc::new(self.0.clone()))
    }

    fn serves_http(&self) -> Service {
        service(&["serve-after", "20"])
    }

    fn exits(&self, code: i32) -> Service {
        service(&["exit", &code.to_string()])
    }

    fn never_ready(&self) -> Service {
        service(&["hang"])
    }

    fn prints(&self, lines: usize) -> Service {
        service(&["noisy", &lines.to_string()])
    }

    fn lines_too_many(&self) -> usize {
        KEPT * 3
    }

    fn copies(&self, code: i32) -> Option<Vec<String>> {
        Some(vec!["copy".to_owned(), code.to_string()])
    }

    fn unobtainable(&self, number: u32) -> Option<(Service, Option<Artifact>)> {
        let image = format!("nobodys:{number}");
        self.1.refuse(&image, codes::IMAGE_NOT_FOUND);
        Some((service_of(&image, &["serve"]), None))
    }

    async fn to_be_fetched(&self) -> Result<Option<Service>> {
        self.1.put_in_registry("far:1", FAR);
        Ok(Some(service_of("far:1", &["serve"])))
    }

    fn reaches_instances(&self) -> bool {
        false
    }

    async fn plant_stranger(&self, _: &dyn Runtime, env: &EnvironmentId, object: &ObjectId) -> Result<bool> {
        self.0.plant_stranger(env, object.clone());
        Ok(true)
    }
}

struct MemoryProjects(MemorySourceFiles);

#[async_trait]
impl SourceFilesHarness for MemoryProjects {
    async fn source_files(&self) -> Result<Arc<dyn SourceFiles>> {
        Ok(Arc::new(self.0.clone()))
    }

    async fn project(&self, files: &[(SourcePath, Bytes)]) -> Result<SourceDir> {
        for (path, bytes) in files {
            self.0.put(path.clone(), bytes.clone());
        }
        Ok(SourceDir::new("/memory"))
    }
}

pub(crate) struct MemoryRouteTables(pub(crate) MemoryRoutes);

#[async_trait]
impl RoutesHarness for MemoryRouteTables {
    async fn routes(&self) -> Result<Arc<dyn Routes>> {
        Ok(Arc::new(self.0.clone()))
    }

    fn carries_requests(&self) -> bool {
        false
    }

    async fn unreachable(&self, name: &str) -> Result<DeadInstance> {
        self.0.refuse_confirmation(true);
        DeadInstance::new(name)
    }
}

#[derive(Default)]
struct MemoryRunners(MemoryImages);

#[async_trait]
impl RunnerHarness for MemoryRunners {
    async fn runner(&self) -> Result<Arc<dyn Runner>> {
        Ok(Arc::new(MemoryRunner::new(Arc::new(SystemEnv::new())).with_images(self.0.clone())))
    }

    fn unobtainable(&self, mut spec: AttemptSpec) -> Option<AttemptSpec> {
        self.0.refuse("nobodys:1", codes::IMAGE_NOT_FOUND);
        spec.image = ImageRef::new("nobodys:1").ok();
        Some(self.exits(spec, 0))
    }

    async fn to_be_fetched(&self, mut spec: AttemptSpec) -> Result<Option<AttemptSpec>> {
        self.0.put_in_registry("far:1", FAR);
        spec.image = Some(ImageRef::new("far:1")?);
        Ok(Some(self.exits(spec, 0)))
    }

    fn exits(&self, spec: AttemptSpec, code: i32) -> AttemptSpec {
        with_argv(spec, ["exit".to_owned(), code.to_string()])
    }

    fn runs_long(&self, spec: AttemptSpec) -> AttemptSpec {
        with_argv(spec, ["sleep".to_owned(), "600000".to_owned()])
    }

    fn prints(&self, spec: AttemptSpec, lines: usize) -> AttemptSpec {
        let words = (1..=lines).map(|number| format!("line {number}"));
        with_argv(spec, std::iter::once("print".to_owned()).chain(words))
    }

    fn leaves_file(&self, spec: AttemptSpec, name: &str, text: &str) -> Option<AttemptSpec> {
        Some(with_argv(spec, ["artifact".to_owned(), name.to_owned(), text.to_owned()]))
    }
}

fn with_argv(mut spec: AttemptSpec, argv: impl IntoIterator<Item = String>) -> AttemptSpec {
    spec.argv = argv.into_iter().collect();
    spec
}

struct MemoryBuilders(MemoryBuilder);

#[async_trait]
impl BuilderHarness for MemoryBuilders {
    async fn builder(&self) -> Result<Arc<dyn Builder>> {
        Ok(Arc::new(self.0.clone()))
    }

    async fn project(&self, text: &str) -> Result<SourceDir> {
        self.0.put_source("app", text);
        self.0.remove_source("missing");
        Ok(SourceDir::new("simulated"))
    }

    async fn make_use_of(&self, artifact: &Artifact) -> Result<bool> {
        self.0.set_used(artifact, true);
        Ok(true)
    }
}

pub(crate) struct MemoryJournals;

#[async_trait]
impl JournalHarness for MemoryJournals {
    async fn journal(&self) -> Result<Arc<dyn Journal>> {
        Ok(Arc::new(MemoryJournal::new(Arc::new(SystemEnv::new()))))
    }
}

struct MemoryShelves;

#[async_trait]
impl BlobsHarness for MemoryShelves {
    async fn blobs(&self) -> Result<Arc<dyn Blobs>> {
        Ok(Arc::new(MemoryBlobs::new()))
    }
}

struct MemorySafes;

#[async_trait]
impl SecretsHarness for MemorySafes {
    async fn secrets(&self) -> Result<Arc<dyn SecretStore>> {
        Ok(Arc::new(MemorySecretStore::new()))
    }
}

eve_testkit::runtime_conformance!(runtime, MemoryRuntimes::new());
eve_testkit::routes_conformance!(routes, MemoryRouteTables(MemoryRoutes::new()));
eve_testkit::runner_conformance!(runner, MemoryRunners::default());
eve_testkit::builder_conformance!(builder, MemoryBuilders(MemoryBuilder::new()));
eve_testkit::journal_conformance!(journal, MemoryJournals);
eve_testkit::blobs_conformance!(blobs, MemoryShelves);
eve_testkit::source_files_conformance!(source_files, MemoryProjects(MemorySourceFiles::new()));
eve_testkit::secrets_conformance!(secrets, MemorySafes);
