//! What a child is started from.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use eve_core::desired::Restart;
use eve_core::{Body, ByteSize, LogSource};
use serde::{Deserialize, Serialize};

use super::{ChildId, Environment, Readiness};

/// A fully resolved process: nothing is left to look up but the program.
#[derive(Clone)]
#[non_exhaustive]
pub struct ChildSpec {
    /// Its identity.
    pub id: ChildId,
    /// What only one live child can stand for, in the owner's own words. None if there may be any
    /// number of it.
    pub slot: Option<String>,
    /// What the owner needs to know it again; opaque here, and stored beside it.
    pub about: Body,
    /// The name under which its lines are read.
    pub source: LogSource,
    /// The command line. Everybody of this machine can read it, so it holds no secret.
    pub argv: Vec<String>,
    /// The folder it starts in; its own `work` folder by default.
    pub directory: Option<PathBuf>,
    /// Folders that are made for it below its own.
    pub folders: Vec<String>,
    /// Its environment variables. What is secret in them never reaches its log.
    pub environment: Environment,
    /// The ports that it listens on. It is told them in `PORT` (the first) and `PORT_<number>`.
    pub ports: Vec<ChildPort>,
    /// How to tell that it can do its work.
    pub readiness: Readiness,
    /// What happens when it ends by itself.
    pub restart: Restart,
    /// How long it may run in all.
    pub timeout: Option<Duration>,
    /// How much memory each of its processes may allocate, where the system can hold it to that.
    pub memory: Option<ByteSize>,
}

/// A port that a child listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildPort {
    /// The number that it was declared with.
    pub number: u16,
    /// The machine's port that it must be; none if any free one will do.
    pub fixed: Option<u16>,
}

impl ChildSpec {
    /// A process that runs once, without limits, and counts as ready as soon as it runs.
    pub fn new(id: ChildId, about: Body, source: LogSource, argv: Vec<String>, environment: Environment) -> Self {
        Self {
            id,
            slot: None,
            about,
            source,
            argv,
            directory: None,
            folders: Vec::new(),
            environment,
            ports: Vec::new(),
            readiness: Readiness::Running(Duration::ZERO),
            restart: Restart::Never,
            timeout: None,
            memory: None,
        }
    }
}

/// Arguments and variables are left out: variables hold secrets.
impl fmt::Debug for ChildSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildSpec").field("id", &self.id).field("directory", &self.directory).finish_non_exhaustive()
    }
}
