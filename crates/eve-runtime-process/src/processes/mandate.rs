//! Under which lease something is asked for.

use eve_core::{EnvironmentId, Fence, OpCx};
use serde::{Deserialize, Serialize};

/// For which environment something is asked, and under which fencing token. An older token is
/// refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mandate {
    /// The environment.
    pub environment: EnvironmentId,
    /// The token.
    pub fence: Fence,
}

impl Mandate {
    /// What is asked for an environment under a token.
    pub fn new(environment: EnvironmentId, fence: Fence) -> Self {
        Self { environment, fence }
    }

    /// What is asked by an operation.
    pub fn of(cx: &OpCx) -> Self {
        Self::new(cx.environment.clone(), cx.fence)
    }
}
