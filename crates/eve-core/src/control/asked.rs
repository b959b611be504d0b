//! The context of an operation on its way through a channel.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Cancel, Deadline, Env, EnvironmentId, Fence, OpCx, OpId};

/// What of an [`OpCx`] crosses processes: whose object, under which token, until when. Time is told
/// as what is left of it, for two processes share no monotonic clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Whose object it changes.
    pub environment: EnvironmentId,
    /// The operation's identity.
    pub operation: OpId,
    /// The token of the lease under which it runs.
    pub fence: Fence,
    /// How much time is left.
    pub left: Duration,
}

impl Asked {
    /// What is told of a context now.
    pub fn of(cx: &OpCx) -> Self {
        Self {
            environment: cx.environment.clone(),
            operation: cx.operation.clone(),
            fence: cx.fence,
            left: cx.deadline.remaining(&*cx.env),
        }
    }

    /// The context on the other side, without secrets and with nobody who listens.
    pub fn into_cx(self, env: Arc<dyn Env>, cancel: Cancel) -> OpCx {
        let deadline = Deadline::after(&*env, self.left);
        OpCx::new(env, self.environment, self.operation, self.fence, deadline).with_cancel(cancel)
    }
}
