//! What keys are tried on: a service and a job that ask for nothing.

use super::supported::{Plan, losses};
use crate::desired::{BuildSpec, ImageRef, Job, Process, Service, Source};
use crate::{
    Addresses, Artifact, Bound, Desired, Digest, EnvironmentId, Loss, Observed, Origin, Result, SecretName,
    SecretVersion, ServiceName,
};

const ENVIRONMENT: &str = "asked/of/runtime";
/// The service that is tried.
pub(super) const SERVICE: &str = "service";
/// The job that is tried.
pub(super) const JOB: &str = "job";
/// The secret that has a version.
pub(super) const SECRET: &str = "SECRET";

/// A target state that a runtime takes, and what it loses of it.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) want: Bound,
    pub(super) losses: Vec<Loss>,
}

impl Ground {
    /// The first of them that can be planned: some runtimes start images, some what they built, some folders.
    ///
    /// # Errors
    /// That of the last one, where none can be.
    pub(super) fn of(plan: Plan<'_>) -> Result<Self> {
        let on = |from: fn() -> (Source, Artifact)| {
            let (source, artifact) = from();
            let want = want(&source, &artifact);
            let losses = losses(plan, &want)?;
            Ok(Self { want, losses })
        };
        on(image).or_else(|_| on(built)).or_else(|_| on(folder))
    }
}

/// Makes a service and a job of something else.
pub(super) fn made_from(want: &mut Bound, from: fn() -> (Source, Artifact)) {
    let (source, artifact) = from();
    want.artifacts.values_mut().for_each(|one| *one = artifact.clone());
    want.desired.services.values_mut().for_each(|service| service.source = source.clone());
    want.desired.jobs.values_mut().for_each(|job| job.source = source.clone());
}

/// From an image that is there.
pub(super) fn image() -> (Source, Artifact) {
    let image = ImageRef::new("registry.example/image:1").expect("a valid reference");
    (Source::Image(image), pushed())
}

/// From an image that was built and pushed.
pub(super) fn published() -> (Source, Artifact) {
    (build(), pushed())
}

/// From an image that was built where it runs.
pub(super) fn built() -> (Source, Artifact) {
    (build(), Artifact::LocalImage { id: Digest::of("image"), daemon: "engine".to_owned() })
}

/// From a folder of the project.
pub(super) fn folder() -> (Source, Artifact) {
    (build(), Artifact::Snapshot { digest: Digest::of("folder") })
}

/// Notes that somebody wrote a key down.
pub(super) fn write(want: &mut Bound, key: &str) {
    let (path, _) = key.split_once(':').unwrap_or((key, ""));
    let path = match path.strip_prefix("job.") {
        Some(path) => format!("services.{JOB}.{path}"),
        None if path.starts_with("volumes.") => path.to_owned(),
        None => format!("services.{SERVICE}.{path}"),
    };
    want.desired.origins.insert(path, Origin::File { file: "asked".into(), line: 1, column: 1 });
}

/// Nothing is there yet.
pub(super) fn nothing() -> Observed {
    Observed::empty(environment())
}

/// Every service is found under its name.
#[derive(Debug)]
pub(super) struct Named;

impl Addresses for Named {
    fn service_url(&self, service: &ServiceName) -> Result<String> {
        Ok(format!("http://{service}"))
    }
}

fn want(source: &Source, artifact: &Artifact) -> Bound {
    let mut desired = Desired::empty(environment());
    let process = Process::new(["serve"]);
    let mut service = Service::new(source.clone());
    service.process = process.clone();
    desired.services.insert(name(SERVICE), service);
    desired.jobs.insert(name(JOB), Job::new(source.clone(), process));
    let mut want = Bound::unreleased(desired);
    want.artifacts = [SERVICE, JOB].map(|one| (name(one), artifact.clone())).into();
    want.secrets.insert(SecretName::new(SECRET).expect("a valid name"), SecretVersion::new("1"));
    want
}

/// A name of a service or a job.
pub(super) fn name(text: &str) -> ServiceName {
    ServiceName::new(text).expect("a valid name")
}

fn environment() -> EnvironmentId {
    EnvironmentId::parse(ENVIRONMENT).expect("a valid environment")
}

fn build() -> Source {
    Source::Build(BuildSpec::new("."))
}

fn pushed() -> Artifact {
    Artifact::Image { repository: "registry.example/image".to_owned(), digest: Digest::of("image") }
}
