//! Nodes of a plan.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Expected, InstanceRef, Op, OpId, RouteId, RouteSpec, ServiceName};

/// A node of a plan: an operation or a gate, with the nodes that it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Node {
    /// What is done or waited for.
    pub work: Work,
    /// The places of the nodes that must be over first.
    pub needs: Vec<usize>,
}

/// What a node does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Work {
    /// Changes one object of the runtime.
    Object(Box<Op>),
    /// Changes one route.
    Route(Box<RouteOp>),
    /// Waits; changes nothing.
    Gate(Gate),
}

impl Work {
    /// True for what changes something.
    pub fn is_operation(&self) -> bool {
        !matches!(self, Self::Gate(_))
    }

    /// The operation's identity; none for a gate.
    pub fn op_id(&self) -> Option<OpId> {
        match self {
            Self::Object(op) => Some(op.id.clone()),
            Self::Route(op) => Some(op.id()),
            Self::Gate(_) => None,
        }
    }

    /// Why it is done, or what is waited for.
    pub fn why(&self) -> &str {
        match self {
            Self::Object(op) => &op.why,
            Self::Route(op) => op.why(),
            Self::Gate(gate) => gate.why(),
        }
    }

    /// What a plan's digest covers of an operation: identity, before-hash, after-hash.
    pub(super) fn fingerprint(&self) -> Option<(OpId, String, String)> {
        let text = |digest: &Option<crate::Digest>| digest.as_ref().map(ToString::to_string).unwrap_or_default();
        match self {
            Self::Object(op) => Some((op.id.clone(), text(&op.before), text(&op.after))),
            Self::Route(op) => Some((op.id(), String::new(), op.after())),
            Self::Gate(_) => None,
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(op) => write!(f, "{} {}", op.verb, op.object),
            Self::Route(op) => write!(f, "{op}"),
            Self::Gate(gate) => write!(f, "{gate}"),
        }
    }
}

/// An operation on a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "route_op", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RouteOp {
    /// Makes the route, or brings it to its spec.
    Prepare {
        /// The route.
        route: RouteSpec,
    },
    /// Leads all new requests to these instances.
    Switch {
        /// The route.
        route: RouteSpec,
        /// The instances; their incarnations and addresses are known once they are ready.
        to: Vec<Expected>,
    },
    /// Waits until nothing is under way at an instance.
    Drain {
        /// The instance.
        instance: InstanceRef,
        /// How long that may take.
        within: Duration,
    },
    /// Removes the route.
    Close {
        /// The route.
        route: RouteId,
    },
}

impl RouteOp {
    /// The operation's identity.
    pub fn id(&self) -> OpId {
        OpId::new(match self {
            Self::Prepare { route } => format!("prepare {}", route.id),
            Self::Switch { route, .. } => format!("switch {}", route.id),
            Self::Drain { instance, .. } => format!("drain {instance}"),
            Self::Close { route } => format!("close {route}"),
        })
    }

    /// The service that it is about, where there is one.
    pub fn service(&self) -> Option<&ServiceName> {
        match self {
            Self::Prepare { route } | Self::Switch { route, .. } => Some(&route.service),
            Self::Drain { .. } | Self::Close { .. } => None,
        }
    }

    fn why(&self) -> &'static str {
        match self {
            Self::Prepare { .. } => "the route does not exist as it is wanted",
            Self::Switch { .. } => "the route leads elsewhere",
            Self::Drain { .. } => "the instance is about to go",
            Self::Close { .. } => "the route is no longer wanted",
        }
    }

    fn after(&self) -> String {
        match self {
            Self::Prepare { route } => format!("{route:?}"),
            Self::Switch { to, .. } => format!("{to:?}"),
            Self::Drain { .. } | Self::Close { .. } => String::new(),
        }
    }
}

impl fmt::Display for RouteOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id().as_str())
    }
}

/// A wait of the engine. It changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "gate", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Gate {
    /// Until all wanted instances of a service are ready.
    Ready {
        /// The service.
        service: ServiceName,
        /// Its wanted instances.
        instances: Vec<Expected>,
        /// How long that may take.
        within: Duration,
    },
    /// Until the whole release has been ready for a while without a break.
    Hold {
        /// All wanted instances.
        instances: Vec<Expected>,
        /// For how long.
        window: Duration,
        /// How long the whole wait may take.
        within: Duration,
    },
}

impl Gate {
    fn why(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "others wait for it, or the release is not complete without it",
            Self::Hold { .. } => "traffic only moves to a release that stays ready",
        }
    }

    /// The instances that it waits for.
    pub fn instances(&self) -> &[Expected] {
        match self {
            Self::Ready { instances, .. } | Self::Hold { instances, .. } => instances,
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready { service, .. } => write!(f, "ready {service}"),
            Self::Hold { window, .. } => write!(f, "hold {} ms", window.as_millis()),
        }
    }
}
