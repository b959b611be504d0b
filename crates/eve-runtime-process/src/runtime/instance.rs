//! What the runtime knows of an instance that it started.

use std::path::Path;
use std::time::Duration;

use eve_core::{
    Digest, EnvironmentId, Exit, Incarnation, LogSource, Object, ObjectId, ObjectState, Result, ServiceName, naming,
};
use serde::{Deserialize, Serialize};

use crate::processes::{ChildId, ChildState, ChildStatus, Record};

/// What the runtime stores beside a child: the holder knows nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Instance {
    pub(super) environment: EnvironmentId,
    pub(super) object: ObjectId,
    pub(super) incarnation: Incarnation,
    pub(super) hash: Digest,
    pub(super) service: ServiceName,
    pub(super) stop_grace: Duration,
}

impl Instance {
    /// The folder of all instances.
    pub(super) const FOLDER: &str = "instances";

    /// The instance that a child is; none if it is something else.
    pub(super) fn of(status: &ChildStatus) -> Option<Self> {
        Self::decode(&status.id, &status.about)
    }

    /// The instance that a record tells of; none if it is something else.
    pub(super) fn of_record(record: &Record) -> Option<Self> {
        Self::decode(&record.id, &record.about)
    }

    fn decode(id: &ChildId, about: &eve_core::Body) -> Option<Self> {
        Path::new(id.as_str()).starts_with(Self::FOLDER).then(|| about.decode().ok()).flatten()
    }

    /// The folder of all instances of an environment.
    pub(super) fn folder(environment: &EnvironmentId) -> String {
        format!("{}/{}", Self::FOLDER, naming::namespace(environment))
    }

    /// The child that it is.
    ///
    /// # Errors
    /// `name.invalid` never happens: every part is a valid name.
    pub(super) fn child(&self) -> Result<ChildId> {
        ChildId::new(format!("{}/{}", Self::folder(&self.environment), self.source()))
    }

    /// What only one live child may be.
    pub(super) fn slot(&self) -> String {
        format!("{}/{}", Self::folder(&self.environment), self.object)
    }

    /// The name under which its lines are read.
    pub(super) fn source(&self) -> LogSource {
        LogSource::new(format!("{}@{}", self.object.name, self.incarnation))
    }

    /// The object that it is.
    pub(super) fn as_object(&self, status: &ChildStatus) -> Object {
        let state = match &status.state {
            ChildState::Starting => ObjectState::Starting,
            ChildState::Ready => ObjectState::Ready,
            ChildState::NotReady => ObjectState::NotReady,
            ChildState::Stopping => ObjectState::Stopping,
            ChildState::Ended { exit } => ObjectState::Ended { exit: *exit },
            ChildState::CannotStart { .. } => ObjectState::Ended { exit: Exit::Lost },
        };
        let mut object = Object::new(self.object.clone(), self.incarnation.clone(), self.hash.clone(), state);
        object.version = status.version;
        object.service = Some(self.service.clone());
        object.addresses.clone_from(&status.addresses);
        object
    }
}
