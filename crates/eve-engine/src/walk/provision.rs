//! Getting what a plan needs, before the first of its operations.

use std::time::Duration;

use eve_core::plan::Work;
use eve_core::{Op, Plan, Result, Verb};

use super::Scope;

/// Gets what the operations of a plan need that make or change something. A plan without any asks
/// nothing of anybody.
///
/// # Errors
/// As [`Provision::provide`](eve_core::Provision::provide). Nothing of the environment was changed.
pub(crate) async fn provision(scope: &Scope, plan: &Plan, within: Option<Duration>) -> Result<()> {
    let Some(backend) = scope.parts.runtime.provision() else { return Ok(()) };
    let needy = |work: &Work| match work {
        Work::Object(op) if op.verb != Verb::Delete => Some((**op).clone()),
        _ => None,
    };
    let operations: Vec<Op> = plan.operations().filter_map(|node| needy(&node.work)).collect();
    if operations.is_empty() {
        return Ok(());
    }
    scope.provide(backend, operations.as_slice(), within).await
}
