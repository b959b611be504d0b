//! What watching promises.

use std::time::Duration;

use eve_core::{Bound, Observed, Result};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use super::Scene;
use super::scene::variant;
use crate::failure::ensure;
use crate::{Failure, Outcome};

/// How long a watch may be silent where something has to come.
const SILENCE: Duration = Duration::from_secs(30);

pub(super) async fn a_watch_begins_with_the_present_state(scene: &Scene) -> Outcome {
    let first = next(&mut scene.runtime.watch(&scene.environment)).await?;
    ensure!(first.objects.is_empty(), "the first state of an empty environment holds {:?}", first.objects);
    let (changes, _) = scene.deploy(&scene.want(scene.harness.serves_http())).await?;
    let first = next(&mut scene.runtime.watch(&scene.environment)).await?;
    let there = changes.instances.values().flatten().all(|expected| first.object(&expected.object).is_some());
    ensure!(there, "the first state lacks what was deployed before: {:?}", first.objects);
    Ok(())
}

pub(super) async fn a_watch_shows_every_change_to_its_end(scene: &Scene) -> Outcome {
    let mut watch = scene.runtime.watch(&scene.environment);
    next(&mut watch).await?;
    for release in ["1", "2", "1"] {
        let (changes, done) = scene.deploy(&scene.want(variant(scene.harness.serves_http(), release))).await?;
        until(&mut watch, |seen| {
            let mut expected = changes.instances.values().flatten();
            expected.all(|expected| {
                let since = done.iter().find(|d| d.op.object == expected.object).map_or(0, |d| d.change.version);
                seen.object(&expected.object).is_some_and(|o| o.version >= since && o.state.is_ready())
            })
        })
        .await?;
    }
    scene.deploy(&Bound::empty(scene.environment.clone())).await?;
    until(&mut watch, |seen| seen.objects.is_empty()).await
}

async fn until(watch: &mut BoxStream<'static, Result<Observed>>, holds: impl Fn(&Observed) -> bool) -> Outcome {
    while !holds(&next(watch).await?) {}
    Ok(())
}

/// The next state. An error is a gap: the stream goes on.
async fn next(watch: &mut BoxStream<'static, Result<Observed>>) -> Outcome<Observed> {
    loop {
        let item = tokio::time::timeout(SILENCE, watch.next()).await;
        match item.map_err(|_| Failure::new("the watch was silent for 30 s"))? {
            Some(Ok(seen)) => return Ok(seen),
            Some(Err(_)) => {}
            None => return Err(Failure::new("the watch ended")),
        }
    }
}
