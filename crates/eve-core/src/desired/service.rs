//! A service that runs all the time.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{FileMount, HealthCheck, HostAccess, Mount, Port, Resources, Rollout, SecretFile, Source};
use crate::{ServiceName, Template, VarName};

/// A service that runs all the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Service {
    /// What it is to whoever reads about it. By default [`Role::Component`].
    pub role: Role,
    /// What it is made from.
    pub source: Source,
    /// The process: program, environment, folder.
    pub process: Process,
    /// The ports on which it listens; the first is the one that routes lead to.
    pub ports: Vec<Port>,
    /// What must be there before it starts.
    pub depends_on: BTreeMap<ServiceName, Dependency>,
    /// How to tell that it can do its work. Without one, a listening port (or, without ports, a
    /// running process) has to be enough.
    pub health: Option<HealthCheck>,
    /// How much it may use.
    pub resources: Resources,
    /// How many of it run side by side. By default 1.
    pub replicas: u32,
    /// How a new release takes over.
    pub rollout: Rollout,
    /// What happens when it ends by itself. By default [`Restart::Always`].
    pub restart: Restart,
    /// How long it may take to end after it is asked to. By default 10 s.
    pub stop_grace: Duration,
    /// Folders that outlive it.
    pub mounts: Vec<Mount>,
    /// Files that are put in place before it starts.
    pub files: Vec<FileMount>,
    /// Secrets that it finds as files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretFile>,
    /// What it asks of the host. By default nothing.
    #[serde(default, skip_serializing_if = "HostAccess::is_empty")]
    pub host: HostAccess,
}

impl Service {
    /// How long a service may take to end, unless it says otherwise.
    pub const STOP_GRACE: Duration = Duration::from_secs(10);

    /// A service with every default.
    pub fn new(source: Source) -> Self {
        Self {
            role: Role::Component,
            source,
            process: Process::default(),
            ports: Vec::new(),
            depends_on: BTreeMap::new(),
            health: None,
            resources: Resources::default(),
            replicas: 1,
            rollout: Rollout::default(),
            restart: Restart::Always,
            stop_grace: Self::STOP_GRACE,
            mounts: Vec::new(),
            files: Vec::new(),
            secrets: Vec::new(),
            host: HostAccess::default(),
        }
    }

    /// The port that routes lead to: the first one.
    pub fn main_port(&self) -> Option<&Port> {
        self.ports.first()
    }

    /// True if old and new may run side by side: nothing that only one of them can hold.
    pub fn may_overlap(&self) -> bool {
        self.ports.iter().all(|port| port.published.is_none()) && self.mounts.iter().all(|mount| !mount.single_writer)
    }
}

/// What a service is to whoever reads about it. Every backend runs both alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Serves requests or other services.
    #[default]
    Component,
    /// Works on its own.
    Worker,
}

/// What must be true of a dependency before its dependent starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Dependency {
    /// It was started.
    #[default]
    Started,
    /// It is ready.
    Healthy,
    /// It ran to its end and succeeded (jobs only).
    Completed,
}

/// What happens when a process ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Restart {
    /// It is started again, after a growing pause.
    #[default]
    Always,
    /// It is started again if it failed.
    OnFailure,
    /// It stays down.
    Never,
}

/// A program with its arguments, environment and folder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Process {
    /// Replaces the artifact's own entry point.
    pub entrypoint: Option<Vec<String>>,
    /// The arguments, or the whole command line where there is no entry point. Never split, never
    /// handed to a shell.
    pub command: Option<Vec<String>>,
    /// The folder it starts in, relative to the artifact's root unless absolute.
    pub working_dir: Option<String>,
    /// Its environment variables.
    pub environment: BTreeMap<VarName, Template>,
}

impl Process {
    /// A process with this command line.
    pub fn new(command: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { command: Some(command.into_iter().map(Into::into).collect()), ..Self::default() }
    }

    /// Sets a variable.
    pub fn with_variable(mut self, name: VarName, value: impl Into<Template>) -> Self {
        self.environment.insert(name, value.into());
        self
    }

    /// The whole command line: entry point, then command.
    pub fn argv(&self) -> Vec<String> {
        self.entrypoint.iter().chain(&self.command).flatten().cloned().collect()
    }

    /// Hands every template to `visit`, with its path below the service.
    pub fn templates(&self, visit: &mut dyn FnMut(String, &Template)) {
        for (name, template) in &self.environment {
            visit(format!("environment.{name}"), template);
        }
    }
}
