//! The largest fencing token that was seen.

use std::collections::BTreeMap;

use crate::{EnvironmentId, Error, Fence, OpCx, Result, codes};

/// Remembers the largest token of each environment and turns older ones away.
#[derive(Debug, Default)]
pub(super) struct Fences(BTreeMap<EnvironmentId, Fence>);

impl Fences {
    /// Lets an operation pass, unless a younger holder's was seen before.
    pub(super) fn pass(&mut self, cx: &OpCx) -> Result<()> {
        let largest = self.0.entry(cx.environment.clone()).or_default();
        if cx.fence < *largest {
            let text = format!("token {} of {} is older than {largest}", cx.fence, cx.environment);
            return Err(Error::fenced(codes::LEASE_LOST, text));
        }
        *largest = cx.fence;
        Ok(())
    }
}
