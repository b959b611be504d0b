//! A service that runs once.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Dependency, FileMount, Process, Resources, Source};
use crate::ServiceName;

/// A service of role `job`: it runs to its end when a pipeline says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Job {
    /// What it is made from.
    pub source: Source,
    /// The process: program, environment, folder.
    pub process: Process,
    /// What must be there before it starts.
    pub depends_on: BTreeMap<ServiceName, Dependency>,
    /// How much it may use.
    pub resources: Resources,
    /// Files that are put in place before it starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileMount>,
    /// How long one attempt may take. By default 300 s.
    pub timeout: Duration,
    /// How many attempts there may be. By default 1.
    pub max_attempts: u32,
}

impl Job {
    /// A job with every default.
    pub fn new(source: Source, process: Process) -> Self {
        Self {
            source,
            process,
            depends_on: BTreeMap::new(),
            resources: Resources::default(),
            files: Vec::new(),
            timeout: Duration::from_secs(300),
            max_attempts: 1,
        }
    }
}
