//! Fencing tokens.

use eve_core::{Fence, codes};

use super::Scene;
use super::scene::FENCE;
use crate::Outcome;
use crate::failure::refused;

pub(super) async fn an_older_fence_is_refused_where_that_is_claimed(scene: &Scene) -> Outcome {
    let (_, done) = scene.deploy(&scene.want(scene.harness.serves_http())).await?;
    for step in &done {
        let mut cx = scene.cx(&scene.environment, &step.op);
        cx.fence = Fence::new(FENCE - 1);
        let older = scene.runtime.perform(&step.op, &cx).await;
        if scene.can.fences {
            refused("an operation under an older fence", older, &[&codes::LEASE_LOST])?;
        } else {
            // Not claimed: the journal alone fences, and the backend must not pretend.
            older?;
        }
    }
    Ok(())
}
