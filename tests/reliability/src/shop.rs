//! The project that trials deploy, built in code.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use eve::desired::{BuildSpec, Dependency, HealthCheck, Job, Port, Probe, Process, PublicRoute, Service, Source};
use eve::pipeline::{Action, Step};
use eve::{
    Bound, Desired, Digest, EnvName, Environment, EnvironmentId, HostName, Pipeline, PipelineName, Project, Result,
    ServiceName, SourceDir, StepName, Template, VarName,
};

/// The variable that says which edition a service is of.
const LABEL: &str = "TRIAL_EDITION";
/// The variable by which everything that a trial starts is known.
pub(crate) const DIR: &str = "TRIAL_DIR";
/// The environments that the project declares.
const ENVIRONMENTS: [&str; 2] = ["one", "two"];

/// What a release is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// Works.
    One,
    /// Works, and is another one.
    Two,
    /// Its `web` ends at once.
    Crashing,
    /// Its `web` never becomes ready.
    Hanging,
    /// Works; before it is deployed, a job fails once and then succeeds.
    WithJob,
}

impl Edition {
    const ALL: [Self; 5] = [Self::One, Self::Two, Self::Crashing, Self::Hanging, Self::WithJob];

    /// Its name: also that of the folder that its services are built from.
    pub fn label(self) -> &'static str {
        match self {
            Self::One => "r1",
            Self::Two => "r2",
            Self::Crashing => "crashing",
            Self::Hanging => "hanging",
            Self::WithJob => "with-job",
        }
    }
}

/// A `web` that needs an `api`, and perhaps a job, in the directory of one trial.
#[derive(Debug, Clone)]
pub struct Shop {
    dir: PathBuf,
    program: PathBuf,
}

impl Shop {
    /// The shop of a trial; all of its services run `program`.
    pub fn new(dir: impl Into<PathBuf>, program: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), program: program.into() }
    }

    /// The address of one of its environments.
    ///
    /// # Panics
    /// If the name is none.
    pub fn environment(name: &str) -> EnvironmentId {
        EnvironmentId::parse(&format!("acme/shop/{name}")).expect("the shop's environments have valid names")
    }

    /// The host under which the `web` of an environment is reached.
    pub fn host(environment: &EnvironmentId) -> String {
        format!("web.{}.lvh.me", environment.env)
    }

    /// Writes the folders that the services are built from.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write_sources(dir: &Path) -> io::Result<()> {
        for edition in Edition::ALL {
            let folder = dir.join("src").join(edition.label());
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("edition"), edition.label())?;
        }
        Ok(())
    }

    /// The folder with the sources.
    pub fn source(&self) -> SourceDir {
        SourceDir::new(self.dir.join("src"))
    }

    /// The file to which the job adds a line each time that it runs.
    pub fn effects(&self) -> PathBuf {
        self.dir.join("effects")
    }

    /// The edition that a target state is of; none for the empty one.
    pub fn label_of(bound: &Bound) -> Option<String> {
        let service = bound.desired.services.values().next()?;
        let (_, label) = service.process.environment.iter().find(|(name, _)| name.as_str() == LABEL)?;
        label.as_text().map(str::to_owned)
    }

    /// The project in an edition.
    ///
    /// # Errors
    /// None: the names in it are valid.
    pub fn project(&self, edition: Edition) -> Result<Project> {
        let any = Self::environment("one");
        let manifest = Digest::of(edition.label());
        let mut project = Project::new(any.org, any.project, manifest);
        for name in ENVIRONMENTS {
            let id = Self::environment(name);
            let mut environment = Environment::new(self.desired(&id, edition)?);
            if edition == Edition::WithJob {
                environment.pipeline = Some(PipelineName::new("main")?);
            }
            project.environments.insert(EnvName::new(name)?, environment);
        }
        if edition == Edition::WithJob {
            project.pipelines.insert(PipelineName::new("main")?, pipeline()?);
        }
        Ok(project)
    }

    fn desired(&self, id: &EnvironmentId, edition: Edition) -> Result<Desired> {
        let (api, web) = (ServiceName::new("api")?, ServiceName::new("web")?);
        let mut desired = Desired::empty(id.clone());
        desired.routes.push(PublicRoute::new(web.clone(), HostName::new(Self::host(id))?, 8080));
        desired.services.insert(api.clone(), self.service(edition, "serve")?);
        let mut service = self.service(
            edition,
            match edition {
                Edition::Crashing => "crash",
                Edition::Hanging => "hang",
                _ => "serve",
            },
        )?;
        let url = Template::service_url(api.clone());
        service.process = service.process.with_variable(VarName::new("API_URL")?, url);
        service.depends_on.insert(api, Dependency::Healthy);
        service.rollout.window = Some(Duration::from_millis(50));
        desired.services.insert(web, service);
        if edition == Edition::WithJob {
            let mut job = Job::new(Self::built(edition), self.process(edition, "job")?);
            let effects = self.effects().to_string_lossy().into_owned();
            job.process = job.process.with_variable(VarName::new("EFFECTS")?, effects.as_str());
            job.max_attempts = 2;
            desired.jobs.insert(ServiceName::new("migrate")?, job);
        }
        Ok(desired)
    }

    fn service(&self, edition: Edition, role: &str) -> Result<Service> {
        let mut service = Service::new(Self::built(edition));
        service.process = self.process(edition, role)?;
        service.ports.push(Port::tcp(8080));
        let mut health = HealthCheck::new(Probe::Http { port: None, path: "/health".to_owned() });
        // A `web` that hangs is to be cancelled, not found out.
        health.start_period = Duration::from_mins(5);
        service.health = Some(health);
        service.rollout.window = Some(Duration::ZERO);
        service.rollout.drain = Duration::from_secs(1);
        service.stop_grace = Duration::from_secs(2);
        if edition == Edition::Crashing && role == "crash" {
            service.restart = eve::desired::Restart::Never;
        }
        Ok(service)
    }

    fn built(edition: Edition) -> Source {
        Source::Build(BuildSpec::new(edition.label()))
    }

    fn process(&self, edition: Edition, role: &str) -> Result<Process> {
        let program = self.program.to_string_lossy().into_owned();
        let variables = BTreeMap::from([(LABEL, edition.label().to_owned()), (DIR, marker(&self.dir))]);
        let process = Process::new([program.as_str(), "work", role]);
        variables
            .into_iter()
            .try_fold(process, |process, (name, value)| Ok(process.with_variable(VarName::new(name)?, value.as_str())))
    }
}

/// The value of the variable by which everything that a trial starts is known.
pub(crate) fn marker(dir: &Path) -> String {
    dir.to_string_lossy().into_owned()
}

fn pipeline() -> Result<Pipeline> {
    let migrate = Action::Job { service: ServiceName::new("migrate")? };
    let actions = [
        ("build", Action::Build { services: Vec::new() }),
        ("release", Action::Release),
        ("migrate", migrate),
        ("deploy", Action::Deploy),
    ];
    let mut steps: Vec<Step> = Vec::new();
    for (name, action) in actions {
        let mut step = Step::new(StepName::new(name)?, action);
        step.needs.extend(steps.last().map(|before| before.name.clone()));
        steps.push(step);
    }
    Pipeline::new(steps)
}
