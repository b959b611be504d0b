//! Pipelines: definitions, their order, and the state of their steps.

mod dag;
mod state;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{EnvName, Result, SecretName, ServiceName, StepName, Template, Trigger, VarName};

pub use dag::Dag;
pub use state::{StepState, Steps};

/// A named DAG of steps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pipeline {
    /// The steps, in the order in which they are written.
    pub steps: Vec<Step>,
    /// What it is for, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What starts it by itself, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// The environment that it runs for where nobody names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvName>,
    /// How long callers wait for it by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_timeout: Option<Duration>,
}

impl Pipeline {
    /// A pipeline of some steps.
    ///
    /// # Errors
    /// `pipeline.unknown_step` or `pipeline.cycle`, see [`Dag::new`].
    pub fn new(steps: Vec<Step>) -> Result<Self> {
        Dag::new(&steps)?;
        Ok(Self { steps, ..Self::default() })
    }

    /// The pipeline of a direct deploy: build → release → deploy.
    #[expect(clippy::missing_panics_doc, reason = "literal step names keep the rule")]
    pub fn direct() -> Self {
        let name = |text: &str| StepName::new(text).expect("literal step names keep the rule");
        let mut steps = vec![Step::new(name("build"), Action::Build { services: Vec::new() })];
        for (this, before, action) in [("release", "build", Action::Release), ("deploy", "release", Action::Deploy)] {
            let mut step = Step::new(name(this), action);
            step.needs.push(name(before));
            steps.push(step);
        }
        Self { steps, ..Self::default() }
    }
}

/// A node of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// Its name, unique in the pipeline.
    pub name: StepName,
    /// What it does.
    pub action: Action,
    /// The steps that must have succeeded before it starts.
    pub needs: Vec<StepName>,
    /// Secrets that must be in the store before the run starts.
    pub secrets: Vec<SecretName>,
    /// How long it may take. None means the action's own default.
    pub timeout: Option<Duration>,
    /// What its command or job finds as environment variables; they win over the job's own. Actions that run
    /// nothing find none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<VarName, Template>,
}

impl Step {
    /// A step that waits for nothing.
    pub fn new(name: StepName, action: Action) -> Self {
        let environment = BTreeMap::new();
        Self { name, action, needs: Vec::new(), secrets: Vec::new(), timeout: None, environment }
    }

    /// Every secret that it needs, each with the place that asks for it.
    pub fn needed_secrets(&self) -> impl Iterator<Item = (SecretName, String)> {
        let required = self.secrets.iter().map(|name| (name.clone(), format!("step {}", self.name)));
        required.chain(self.secrets_of_variables())
    }

    /// The secrets in its environment variables, each with the place that asks for it. Those have a version; what
    /// only has to be there has none.
    pub fn secrets_of_variables(&self) -> impl Iterator<Item = (SecretName, String)> {
        self.environment.iter().flat_map(move |(variable, value)| {
            value.secrets().map(move |name| (name, format!("variable {variable} of step {}", self.name)))
        })
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Makes artifacts of services that are built.
    Build {
        /// The services; empty means all that are built.
        services: Vec<ServiceName>,
    },
    /// Records an immutable release of the artifacts.
    Release,
    /// Brings the environment to the release.
    Deploy,
    /// Runs a service of role `job` to its end.
    Job {
        /// The service.
        service: ServiceName,
    },
    /// Runs a command in the artifact of a service.
    Run {
        /// The command line. Never handed to a shell.
        command: Vec<String>,
    },
}

impl Action {
    /// The action's name, as a manifest writes it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Build { .. } => "build",
            Self::Release => "release",
            Self::Deploy => "deploy",
            Self::Job { .. } => "job",
            Self::Run { .. } => "run",
        }
    }
}
