//! Readiness is told of the object at hand, and waited for by nobody who performs.

use std::time::Duration;

use super::scene::variant;
use super::{Scene, once};
use crate::Outcome;
use crate::failure::ensure;

/// How many times, and with which pause, a state is looked at that must not come.
const LOOKS: u32 = 30;
const PAUSE: Duration = Duration::from_millis(30);

pub(super) async fn performing_does_not_wait_for_readiness(scene: &Scene) -> Outcome {
    let changes = scene.plan(&scene.want(scene.harness.never_ready())).await?;
    // What waits for a readiness that never comes would end with its deadline.
    let done = scene.ensure(&scene.environment, &changes).await?;
    ensure!(!done.is_empty(), "the plan has no operation");
    Ok(())
}

pub(super) async fn what_never_becomes_ready_is_never_reported_ready(scene: &Scene) -> Outcome {
    stays_unready(scene, "1").await?;
    // Nor does the readiness of an older release count for it.
    scene.deploy(&scene.want(variant(scene.harness.serves_http(), "2"))).await?;
    stays_unready(scene, "3").await
}

async fn stays_unready(scene: &Scene, release: &str) -> Outcome {
    let changes = scene.plan(&scene.want(variant(once(scene.harness.never_ready()), release))).await?;
    scene.ensure(&scene.environment, &changes).await?;
    for _ in 0..LOOKS {
        let seen = scene.runtime.observe(&scene.environment).await?;
        for expected in changes.instances.values().flatten() {
            let object = seen.object(&expected.object);
            let ready = object.is_some_and(|o| o.hash.as_ref() == Some(&expected.hash) && o.state.is_ready());
            ensure!(!ready, "it was reported ready: {object:?}");
        }
        scene.env.sleep(PAUSE).await;
    }
    Ok(())
}
