//! Performing one operation.

use std::collections::BTreeMap;
use std::time::Duration;

use eve_core::plan::{RouteOp, Work};
use eve_core::{
    Bound, Cancel, Change, Drained, Error, Expected, ObjectId, Observed, Op, OpCx, OpId, Result, RouteSpec,
    RouteTarget, Verb, codes,
};
use tracing::Instrument as _;

use super::Scope;
use crate::telemetry::operation_span;

/// What an operation did.
#[derive(Debug, Clone, Default)]
pub(super) struct Effect {
    pub(super) change: Option<Change>,
    pub(super) drained: Option<Drained>,
}

/// An operation with everything that has to be known before it starts.
#[derive(Debug, Clone)]
pub(super) enum Ready {
    Object(Box<Op>, Duration),
    Route(Box<RouteOp>, Vec<RouteTarget>),
}

impl Ready {
    /// Looks up what an operation needs from what was observed.
    ///
    /// # Errors
    /// `route.no_target` if an instance that a route is to lead to is not there.
    pub(super) fn of(
        scope: &Scope,
        work: &Work,
        bound: &Bound,
        seen: Option<&Observed>,
        versions: &BTreeMap<ObjectId, u64>,
    ) -> Result<Self> {
        match work {
            Work::Object(op) => {
                let mut within = scope.parts.settings.operation;
                if op.verb == Verb::Delete {
                    let grace = op.service.as_ref().and_then(|s| bound.desired.services.get(s)).map(|s| s.stop_grace);
                    within += grace.unwrap_or(eve_core::desired::Service::STOP_GRACE);
                }
                Ok(Self::Object(op.clone(), within))
            }
            Work::Route(op) => {
                let targets = match &**op {
                    RouteOp::Switch { route, to } => targets(route, to, seen, versions)?,
                    _ => Vec::new(),
                };
                Ok(Self::Route(op.clone(), targets))
            }
            Work::Gate(gate) => Err(Error::internal(codes::INTERNAL_INVARIANT, format!("{gate} is no operation"))),
            _ => Err(Error::internal(codes::INTERNAL_INVARIANT, "a plan of a newer version cannot be walked")),
        }
    }

    fn id(&self) -> OpId {
        match self {
            Self::Object(op, _) => op.id.clone(),
            Self::Route(op, _) => op.id(),
        }
    }

    /// Performs the operation.
    ///
    /// # Errors
    /// Whatever the backend answers.
    pub(super) async fn perform(self, scope: &Scope, cancel: &Cancel) -> Result<Effect> {
        let span = operation_span!(self.id());
        let recorded = span.clone();
        let done = self.run(scope, cancel).instrument(span).await;
        if let Err(error) = &done {
            recorded.record("error.type", error.code().as_str());
        }
        done
    }

    /// Until it is done, its time is over, or somebody cancels: an operation that is performed twice
    /// does no more than one.
    async fn run(self, scope: &Scope, cancel: &Cancel) -> Result<Effect> {
        let within = match &self {
            Self::Object(_, within) => *within,
            Self::Route(op, _) => match &**op {
                RouteOp::Drain { within, .. } => *within,
                _ => scope.parts.settings.operation,
            },
        };
        let cx = scope.op(self.id(), within, cancel);
        let patience = scope.patience(cancel).at_least(cx.deadline);
        patience.ask(self.id(), || self.once(scope, &cx)).await
    }

    async fn once(&self, scope: &Scope, cx: &OpCx) -> Result<Effect> {
        let parts = &scope.parts;
        let change = match self {
            Self::Object(op, _) => parts.runtime.perform(op, cx).await?,
            Self::Route(op, targets) => match &**op {
                RouteOp::Prepare { route } => parts.routes(route.id.is_public()).prepare(route, cx).await?,
                RouteOp::Switch { route, .. } => {
                    parts.routes(route.id.is_public()).switch(&route.id, targets, cx).await?
                }
                RouteOp::Close { route } => parts.routes(route.is_public()).close(route, cx).await?,
                RouteOp::Drain { instance, .. } => {
                    let mut drained = Drained::default();
                    for routes in parts.all_routes() {
                        drained = drained.and(routes.drain(instance, cx).await?);
                    }
                    return Ok(Effect { change: None, drained: Some(drained) });
                }
                _ => {
                    return Err(Error::internal(
                        codes::INTERNAL_INVARIANT,
                        "a plan of a newer version cannot be walked",
                    ));
                }
            },
        };
        Ok(Effect { change: Some(change), drained: None })
    }
}

/// The instances that a route is to lead to, as they are now.
fn targets(
    route: &RouteSpec,
    to: &[Expected],
    seen: Option<&Observed>,
    versions: &BTreeMap<ObjectId, u64>,
) -> Result<Vec<RouteTarget>> {
    to.iter()
        .map(|expected| {
            let least = versions.get(&expected.object).copied().unwrap_or_default();
            let object = seen.into_iter().flat_map(Observed::ours).find(|object| {
                object.id == expected.object && object.hash.as_ref() == Some(&expected.hash) && object.version >= least
            });
            let address = object.and_then(|object| object.addresses.get(&route.port));
            match (object, address) {
                (Some(object), Some(address)) => {
                    Ok(RouteTarget { instance: object.instance(), address: address.clone() })
                }
                _ => Err(Error::failed(
                    codes::ROUTE_NO_TARGET,
                    format!(
                        "{} has no address for port {}, so {} cannot lead to it",
                        expected.object, route.port, route.id
                    ),
                )),
            }
        })
        .collect()
}
