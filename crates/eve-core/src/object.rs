//! Objects of a backend, as they were seen.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Body, Digest, EnvironmentId, Error, Finding, ObjectName, Result, ServiceName, codes};

/// An object's kind and name. Names are reused from release to release: they are no identity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectId {
    /// The backend's word for what it is (`process`, `container`, `deployment`).
    pub kind: String,
    /// Its name, unique among its kind in the environment.
    pub name: ObjectName,
}

impl ObjectId {
    /// An object's kind and name.
    pub fn new(kind: impl Into<String>, name: ObjectName) -> Self {
        Self { kind: kind.into(), name }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Tells two objects of one name apart: a container's id, a pod's UID, a process's id with its
/// start time. Opaque: only equality means something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Incarnation(String);

impl Incarnation {
    /// An incarnation by the backend's own text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One object and no other: its name with its incarnation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstanceRef {
    /// Kind and name.
    pub object: ObjectId,
    /// Which of that name.
    pub incarnation: Incarnation,
}

impl InstanceRef {
    /// One object and no other.
    pub fn new(object: ObjectId, incarnation: Incarnation) -> Self {
        Self { object, incarnation }
    }
}

impl fmt::Display for InstanceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.object, self.incarnation)
    }
}

/// Everything of one environment, as a backend saw it at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Observed {
    /// Whose objects these are.
    pub environment: EnvironmentId,
    /// The objects under our names, strangers' among them.
    pub objects: Vec<Object>,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
    /// What else planning needs to know (taken subnets, say), by the backend's own keys.
    pub facts: BTreeMap<String, Body>,
}

impl Observed {
    /// Nothing was seen.
    pub fn empty(environment: EnvironmentId) -> Self {
        Self { environment, objects: Vec::new(), findings: Vec::new(), facts: BTreeMap::new() }
    }

    /// That it was seen of the environment that is planned for: what every backend's planning asks first.
    ///
    /// # Errors
    /// `internal.invariant` if it is of another one.
    pub fn check_environment(&self, wanted: &EnvironmentId) -> Result<()> {
        if self.environment == *wanted {
            return Ok(());
        }
        let text = format!("{} was observed, {wanted} is wanted", self.environment);
        Err(Error::internal(codes::INTERNAL_INVARIANT, text))
    }

    /// The object of a kind and name, whoever owns it.
    pub fn object(&self, id: &ObjectId) -> Option<&Object> {
        self.objects.iter().find(|object| object.id == *id)
    }

    /// The objects that Eve owns.
    pub fn ours(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|object| object.owner == Owner::Eve)
    }
}

/// One object, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Object {
    /// Kind and name.
    pub id: ObjectId,
    /// Which of that name.
    pub incarnation: Incarnation,
    /// Whose it is.
    pub owner: Owner,
    /// The hash of what it was made from; none if that cannot be told.
    pub hash: Option<Digest>,
    /// Grows with every change of it. Comparable with [`Change::version`](crate::Change::version).
    pub version: u64,
    /// The service that it is an instance of; none for what serves an environment as a whole.
    pub service: Option<ServiceName>,
    /// How it is.
    pub state: ObjectState,
    /// Where each declared port can be reached. Fixed for the incarnation's life.
    pub addresses: BTreeMap<u16, Address>,
}

impl Object {
    /// An object of ours.
    pub fn new(id: ObjectId, incarnation: Incarnation, hash: Digest, state: ObjectState) -> Self {
        Self {
            id,
            incarnation,
            owner: Owner::Eve,
            hash: Some(hash),
            version: 0,
            service: None,
            state,
            addresses: BTreeMap::new(),
        }
    }

    /// Name and incarnation.
    pub fn instance(&self) -> InstanceRef {
        InstanceRef::new(self.id.clone(), self.incarnation.clone())
    }
}

/// Whose an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Owner {
    /// This environment's, made by Eve.
    Eve,
    /// Somebody else's, under a name that we would use. Never touched.
    Stranger,
}

/// How an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObjectState {
    /// It was made and does not run yet, or runs and was never ready.
    Starting,
    /// It was made, and whoever made it went away before it was started: an equal spec needs it made
    /// again.
    Unstarted,
    /// It can do its work.
    Ready,
    /// It was ready before and is not now.
    NotReady,
    /// It ended by itself.
    Ended {
        /// How.
        exit: Exit,
    },
    /// It was asked to end and has not yet.
    Stopping,
    /// It is there; it is nothing that runs.
    Present,
}

impl ObjectState {
    /// True if it counts as ready.
    pub fn is_ready(self) -> bool {
        matches!(self, Self::Ready | Self::Present)
    }

    /// True if it runs, or is there: if an equal spec needs no new object.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Ended { .. } | Self::Stopping | Self::Unstarted)
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// Nobody saw it. No exit code is ever invented.
    Lost,
}

impl Exit {
    /// True if it ended well.
    pub fn is_success(self) -> bool {
        self == Self::Code(0)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Lost => f.write_str("nobody saw how"),
        }
    }
}

/// Where something listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// An IP address or host name.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Address {
    /// A host and port.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}
