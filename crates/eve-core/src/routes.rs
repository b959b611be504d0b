//! The seam to whatever leads requests to instances.

use std::fmt::{self, Debug, Display};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Address, Change, Digest, EnvironmentId, Fencing, HostName, InstanceRef, OpCx, OpId, Result, ServiceName};

/// Leads requests to instances, from outside and between services.
///
/// Targets are instances, never names: names are reused from release to release.
#[async_trait]
pub trait Routes: Debug + Display + Send + Sync + 'static {
    /// The URL of a route, without a trailing slash. Asked while planning, before the route exists:
    /// it changes nothing, and the answer is the same for the route's whole life.
    ///
    /// # Errors
    /// `capability.unsupported` if this kind of route is not offered, `port.taken` if no address is
    /// left; `backend.unavailable`.
    async fn address(&self, env: &EnvironmentId, route: &RouteSpec) -> Result<String>;

    /// The environment's routes, as they are now. Changes nothing.
    ///
    /// # Errors
    /// `backend.unavailable`.
    async fn observe(&self, env: &EnvironmentId) -> Result<Vec<ObservedRoute>>;

    /// Makes a route, or brings it to its spec; its targets stay.
    ///
    /// **Behaviour**
    /// - idempotent; a route without targets answers 503 and loses nothing that it had;
    ///
    /// # Errors
    /// `route.taken` if host and path lead to another environment, `port.taken` if its address
    /// cannot be had.
    async fn prepare(&self, route: &RouteSpec, cx: &OpCx) -> Result<Change>;

    /// Leads all new requests to these instances, at once, and confirms it.
    ///
    /// **Behaviour**
    /// - confirmed by an answer of one of the new instances *through the route itself*; an
    ///   unconfirmed switch is taken back;
    /// - one that another holder began and never confirmed is confirmed now, and until then it is
    ///   [seen](ObservedRoute::confirmed) as what it is;
    /// - requests that are under way stay where they are;
    /// - idempotent.
    ///
    /// # Errors
    /// `route.unknown`, `route.no_target`, `route.unconfirmed`; `lease.lost` for an older fence,
    /// here and in the other verbs that change something.
    async fn switch(&self, route: &RouteId, to: &[RouteTarget], cx: &OpCx) -> Result<Change>;

    /// Waits until nothing is under way at an instance that no route leads to any more.
    ///
    /// **Behaviour**
    /// - until `cx.deadline` at most; what is open then is cut, counted, and no error;
    /// - an instance that a route still leads to is withdrawn first: that route has one target less;
    /// - the numbers are kept by `cx.operation` and told again when asked again, until they are
    ///   [forgotten](Self::forget);
    /// - an instance that was never a target is drained already.
    ///
    /// # Errors
    /// `cancelled`.
    async fn drain(&self, instance: &InstanceRef, cx: &OpCx) -> Result<Drained>;

    /// Forgets the numbers of a drain: they are journaled. Those that are not known are none.
    ///
    /// # Errors
    /// `lease.lost` for an older fence: a younger holder may still ask for them;
    /// `backend.unavailable`.
    async fn forget(&self, drain: &OpId, cx: &OpCx) -> Result<()>;

    /// Removes a route. One that is gone already is [`Skipped`](crate::ChangeOutcome::Skipped).
    ///
    /// # Errors
    /// `backend.unavailable`.
    async fn close(&self, route: &RouteId, cx: &OpCx) -> Result<Change>;

    /// Turns older holders away before it is observed.
    fn fencing(&self) -> Option<&dyn Fencing> {
        None
    }
}

/// Names a route within its environment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RouteId {
    /// From other services of the environment to a service.
    Internal {
        /// The service.
        service: ServiceName,
    },
    /// From outside, by host and path prefix.
    Public {
        /// The host.
        host: HostName,
        /// The path prefix, beginning with `/`.
        path: String,
    },
}

impl RouteId {
    /// True for a route from outside.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::Public { .. })
    }
}

impl Display for RouteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal { service } => write!(f, "internal/{service}"),
            Self::Public { host, path } => write!(f, "public/{host}{path}"),
        }
    }
}

impl Debug for RouteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// What a route is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RouteSpec {
    /// Its name.
    pub id: RouteId,
    /// The service that it leads to.
    pub service: ServiceName,
    /// The service's declared port.
    pub port: u16,
    /// The path that is asked for to confirm a switch: the health check's, or `/`.
    pub confirm_path: String,
}

impl RouteSpec {
    /// A route.
    pub fn new(id: RouteId, service: ServiceName, port: u16) -> Self {
        Self { id, service, port, confirm_path: "/".to_owned() }
    }

    /// The hash of the spec.
    ///
    /// # Errors
    /// `internal.encode` never happens for this type; the signature keeps the check.
    pub fn hash(&self) -> Result<Digest> {
        Ok(crate::Body::of(self)?.digest())
    }
}

/// An instance that a route leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RouteTarget {
    /// The instance.
    pub instance: InstanceRef,
    /// Where it listens for this route.
    pub address: Address,
}

/// A route, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObservedRoute {
    /// Its name.
    pub id: RouteId,
    /// The service that it leads to.
    pub service: ServiceName,
    /// The hash of its spec.
    pub hash: Digest,
    /// The instances that it leads to.
    pub targets: Vec<RouteTarget>,
    /// False if its last switch was never confirmed: whoever made it went away before that. Whoever wants it to lead
    /// there has to switch it once more.
    #[serde(default = "confirmed", skip_serializing_if = "Clone::clone")]
    pub confirmed: bool,
}

impl ObservedRoute {
    /// A route, as it was seen, whose last switch was confirmed.
    pub fn new(id: RouteId, service: ServiceName, hash: Digest, targets: Vec<RouteTarget>) -> Self {
        Self { id, service, hash, targets, confirmed: true }
    }

    /// Says that nobody knows whether its last switch was one.
    #[must_use]
    pub fn unconfirmed(mut self) -> Self {
        self.confirmed = false;
        self
    }
}

/// What a route is of which nothing is said.
fn confirmed() -> bool {
    true
}

/// What a drain counted. A number that cannot be told is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Drained {
    /// Requests that ended before no route led to the instance any more.
    pub served: Option<u64>,
    /// Requests that were under way then and came to their end.
    pub drained: Option<u64>,
    /// Requests and sockets that were cut at the deadline.
    pub cut: Option<u64>,
}

impl Drained {
    /// Numbers that were counted.
    pub fn counted(served: u64, drained: u64, cut: u64) -> Self {
        Self { served: Some(served), drained: Some(drained), cut: Some(cut) }
    }

    /// The numbers of two parts together.
    pub fn and(self, other: Self) -> Self {
        let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        Self {
            served: sum(self.served, other.served),
            drained: sum(self.drained, other.drained),
            cut: sum(self.cut, other.cut),
        }
    }
}
