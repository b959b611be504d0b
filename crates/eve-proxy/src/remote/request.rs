//! What a proxy is asked through a channel.

use eve_core::control::Asked;
use eve_core::{EnvironmentId, Fence, InstanceRef, OpId, RouteId, RouteSpec, RouteTarget};
use serde::{Deserialize, Serialize};

/// What a proxy is asked through a channel. The answer to each is told beside it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Request {
    /// `String`
    Address { environment: EnvironmentId, route: RouteSpec },
    /// `Vec<ObservedRoute>`
    Observe { environment: EnvironmentId },
    /// `Change`
    Prepare { route: RouteSpec, asked: Asked },
    /// `Change`
    Switch { route: RouteId, to: Vec<RouteTarget>, asked: Asked },
    /// `Drained`
    Drain { instance: InstanceRef, asked: Asked },
    /// `()`
    Forget { drain: OpId, asked: Asked },
    /// `Change`
    Close { route: RouteId, asked: Asked },
    /// `()`
    Raise { environment: EnvironmentId, fence: Fence },
    /// `u16`
    IngressPort,
    /// `IpAddr`
    InternalBind,
    /// `ProxyStats`
    Stats,
}
