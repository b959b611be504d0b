//! Plans: hashed DAGs of operations and gates.

mod compose;
mod node;
mod routing;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Body, Digest, EnvironmentId, Expected, Loss, ReleaseId, Result, SecretName, SecretVersion};

pub use compose::compose;
pub use node::{Gate, Node, RouteOp, Work};
pub use routing::{PlannedAddresses, RouteTable, wanted_routes};

/// What has to be done so that an environment becomes what is wanted: a value.
///
/// Its digest covers the release, the secret versions, and every operation as object, before-hash
/// and after-hash. What is only shown (reasons, losses, notes) is no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// The version of this type's stored form.
    pub schema: u32,
    /// Whose plan this is.
    pub environment: EnvironmentId,
    /// The release that it leads to; none for the empty target state.
    pub release: Option<ReleaseId>,
    /// The secret versions that it was made with.
    pub secrets: BTreeMap<SecretName, SecretVersion>,
    /// Operations and gates; each names the nodes that it waits for by their place.
    pub nodes: Vec<Node>,
    /// What cannot be honoured.
    pub losses: Vec<Loss>,
    /// What the reader should know: expected downtime, old callers that meet new callees.
    pub notes: Vec<String>,
}

impl Plan {
    /// The version of the stored form that this crate writes.
    pub const SCHEMA: u32 = 1;

    /// The operations, in the order of the plan.
    pub fn operations(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.work.is_operation())
    }

    /// The instances that carry the target state, those that stay and those that will be made.
    pub fn instances(&self) -> Vec<Expected> {
        let ready = self.nodes.iter().filter_map(|node| match &node.work {
            Work::Gate(Gate::Ready { instances, .. }) => Some(instances),
            _ => None,
        });
        ready.flatten().cloned().collect()
    }

    /// True if nothing has to change. Gates may be left: what is there may not be ready yet.
    pub fn is_noop(&self) -> bool {
        self.operations().next().is_none()
    }

    /// The digest by which the plan is approved and compared.
    ///
    /// # Errors
    /// `internal.encode` never happens for this type; the signature keeps the check.
    pub fn digest(&self) -> Result<Digest> {
        let mut operations: Vec<_> = self.operations().filter_map(|node| node.work.fingerprint()).collect();
        operations.sort();
        Ok(Body::of(&(self.schema, &self.environment, &self.release, &self.secrets, operations))?.digest())
    }

    /// True if every operation of this plan is one of `approved`: what a resumed run asks.
    pub fn is_within(&self, approved: &Self) -> bool {
        let known: Vec<_> = approved.operations().filter_map(|node| node.work.fingerprint()).collect();
        self.operations().filter_map(|node| node.work.fingerprint()).all(|operation| known.contains(&operation))
    }
}
