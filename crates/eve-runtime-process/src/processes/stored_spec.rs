//! What is stored of a child's spec.

use std::path::PathBuf;
use std::time::Duration;

use eve_core::desired::Restart;
use eve_core::{Body, ByteSize, LogSource};
use serde::{Deserialize, Serialize};

use super::environment::Shape;
use super::{ChildId, ChildPort, ChildSpec, Environment, Readiness};

/// Everything of a spec but the values of its variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredSpec {
    pub(super) slot: Option<String>,
    pub(super) argv: Vec<String>,
    pub(super) directory: Option<PathBuf>,
    pub(super) folders: Vec<String>,
    pub(super) variables: Shape,
    pub(super) ports: Vec<ChildPort>,
    pub(super) readiness: Readiness,
    pub(super) restart: Restart,
    pub(super) timeout: Option<Duration>,
    pub(super) memory: Option<ByteSize>,
}

impl StoredSpec {
    pub(super) fn of(spec: &ChildSpec) -> Self {
        Self {
            slot: spec.slot.clone(),
            argv: spec.argv.clone(),
            directory: spec.directory.clone(),
            folders: spec.folders.clone(),
            variables: spec.environment.shape(),
            ports: spec.ports.clone(),
            readiness: spec.readiness.clone(),
            restart: spec.restart,
            timeout: spec.timeout,
            memory: spec.memory,
        }
    }

    /// The spec again.
    pub(super) fn into_spec(self, id: ChildId, about: Body, source: LogSource, environment: Environment) -> ChildSpec {
        ChildSpec {
            id,
            slot: self.slot,
            about,
            source,
            argv: self.argv,
            directory: self.directory,
            folders: self.folders,
            environment,
            ports: self.ports,
            readiness: self.readiness,
            restart: self.restart,
            timeout: self.timeout,
            memory: self.memory,
        }
    }
}
