//! The largest fencing token of each environment.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use eve_core::{EnvironmentId, Error, Fence, OpCx, Result, codes};

/// Remembers the largest token of each environment and turns older ones away.
#[derive(Debug, Default)]
pub(crate) struct Fences(Mutex<HashMap<EnvironmentId, Fence>>);

impl Fences {
    /// Lets an operation pass, unless a younger holder's was seen before.
    pub(crate) fn pass(&self, cx: &OpCx) -> Result<()> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let largest = seen.entry(cx.environment.clone()).or_insert(cx.fence);
        if cx.fence < *largest {
            let text = format!("token {} of {} is older than {largest}", cx.fence, cx.environment);
            return Err(Error::fenced(codes::LEASE_LOST, text).with_hint("another engine holds the environment now"));
        }
        *largest = cx.fence;
        Ok(())
    }
}
