//! The project that trials deploy, built in code.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use eve::desired::{
    BuildSpec, Dependency, HealthCheck, ImageRef, Job, Port, Probe, Process, PublicRoute, Service, Source,
};
use eve::pipeline::{Action, Step};
use eve::{
    Bound, Desired, Digest, EnvName, Environment, EnvironmentId, HostName, Pipeline, PipelineName, Project, Result,
    ServiceName, SourceDir, StepName, Template, VarName,
};

use crate::{Ground, Setting};

/// The variable that says which edition a service is of.
pub(crate) const LABEL: &str = "TRIAL_EDITION";
/// The image of this program in a cluster.
const IMAGE: &str = "eve-trial:1";
/// The variable by which everything that a trial starts is known.
pub(crate) const DIR: &str = "TRIAL_DIR";
/// The variable that says where the job tells what it did, if it cannot write it down itself; and the
/// file of a trial with the same.
pub(crate) const COUNTER: &str = "COUNTER";
/// The file of a trial that has a line for each time that the job ran.
pub(crate) const EFFECTS: &str = "effects";
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
    pub(crate) const ALL: [Self; 5] = [Self::One, Self::Two, Self::Crashing, Self::Hanging, Self::WithJob];

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
    program: String,
    project: String,
    ground: Ground,
}

impl Shop {
    /// The shop of a trial; all of its services run the setting's program.
    pub fn new(dir: impl Into<PathBuf>, setting: &Setting) -> Self {
        let dir = dir.into();
        let (program, ground) = (setting.program(), setting.ground());
        Self { program: ground.program(program), project: ground.project(&dir), ground, dir }
    }

    /// The address of one of its environments.
    ///
    /// # Panics
    /// If the name is none.
    pub fn environment(&self, name: &str) -> EnvironmentId {
        let address = format!("acme/{}/{name}", self.project);
        EnvironmentId::parse(&address).expect("the shop's environments have valid names")
    }

    /// The host under which the `web` of an environment is reached.
    pub fn host(environment: &str) -> String {
        format!("web.{environment}.lvh.me")
    }

    /// The folder with the sources.
    pub fn source(&self) -> SourceDir {
        SourceDir::new(self.dir.join("src"))
    }

    /// How often the job ran.
    pub fn effects(&self) -> usize {
        fs::read_to_string(self.dir.join(EFFECTS)).unwrap_or_default().lines().count()
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
        let any = self.environment("one");
        let manifest = Digest::of(edition.label());
        let mut project = Project::new(any.org, any.project, manifest);
        for name in ENVIRONMENTS {
            let id = self.environment(name);
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
        desired.routes.push(PublicRoute::new(web.clone(), HostName::new(Self::host(id.env.as_str()))?, 8080));
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
            let mut job = Job::new(self.source_of(edition)?, self.process(edition, "job")?);
            if let Ok(counter) = fs::read_to_string(self.dir.join(COUNTER)) {
                job.process = job.process.with_variable(VarName::new(COUNTER)?, counter.as_str());
            }
            job.max_attempts = 2;
            desired.jobs.insert(ServiceName::new("migrate")?, job);
        }
        Ok(desired)
    }

    fn service(&self, edition: Edition, role: &str) -> Result<Service> {
        let mut service = Service::new(self.source_of(edition)?);
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

    /// What it is made from. Nothing builds for a cluster: there, one image serves all editions, which a variable tells
    /// apart.
    fn source_of(&self, edition: Edition) -> Result<Source> {
        match self.ground {
            Ground::Process | Ground::Docker => Ok(Source::Build(BuildSpec::new(edition.label()))),
            Ground::K8s => Ok(Source::Image(ImageRef::new(IMAGE)?)),
        }
    }

    fn process(&self, edition: Edition, role: &str) -> Result<Process> {
        let variables = BTreeMap::from([(LABEL, edition.label().to_owned()), (DIR, marker(&self.dir))]);
        let process = Process::new([self.program.as_str(), "work", role]);
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
