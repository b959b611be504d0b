//! Turning older holders away.

use async_trait::async_trait;

use crate::{EnvironmentId, Fence, Result};

/// Turns operations under older tokens away, from now on and before any younger one arrives.
///
/// An engine raises the token after it took the lease and before it observes: a late operation of
/// the holder before it is then either part of what it observes, or refused.
#[async_trait]
pub trait Fencing: Send + Sync {
    /// Refuses every older token of an environment from now on.
    ///
    /// **Behaviour**
    /// - what an older holder's operation changes afterwards is nothing, even if it began before;
    /// - what it began to end goes on ending.
    ///
    /// # Errors
    /// `lease.lost` if a younger token was seen; `backend.unavailable`, `supervisor.lost`.
    async fn raise(&self, env: &EnvironmentId, fence: Fence) -> Result<()>;
}
