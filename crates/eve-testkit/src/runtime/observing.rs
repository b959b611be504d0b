//! What observing promises.

use eve_core::{Incarnation, ObjectId, Observed};

use super::Scene;
use super::scene::name;
use crate::Outcome;
use crate::failure::{ensure, ensure_eq};

pub(super) async fn an_environment_that_was_never_deployed_is_empty(scene: &Scene) -> Outcome {
    let seen = scene.runtime.observe(&scene.environment).await?;
    ensure_eq!(seen.environment, scene.environment, "the state is of another environment");
    ensure!(seen.objects.is_empty() && seen.findings.is_empty(), "something is there: {seen:?}");
    Ok(())
}

pub(super) async fn observing_changes_nothing(scene: &Scene) -> Outcome {
    scene.deploy(&scene.want(scene.harness.serves_http())).await?;
    let before = scene.runtime.observe(&scene.environment).await?;
    for _ in 0..5 {
        scene.runtime.observe(&scene.environment).await?;
    }
    let after = scene.runtime.observe(&scene.environment).await?;
    ensure_eq!(identities(&before), identities(&after), "observing changed the objects");
    Ok(())
}

pub(super) async fn two_environments_do_not_see_each_other(scene: &Scene) -> Outcome {
    scene.deploy(&scene.want(scene.harness.serves_http())).await?;
    let empty = scene.runtime.observe(&scene.neighbour).await?;
    ensure!(empty.objects.is_empty(), "the neighbour sees {:?}", empty.objects);
    let want = scene.want_in(&scene.neighbour, [(name("web"), scene.harness.serves_http())]);
    scene.deploy(&want).await?;
    let (one, two) = (scene.runtime.observe(&scene.environment).await?, scene.runtime.observe(&scene.neighbour).await?);
    let (one, two) = (identities(&one), identities(&two));
    ensure!(!one.is_empty() && !two.is_empty(), "an environment lost its objects to the other");
    ensure!(one.iter().all(|object| !two.contains(object)), "both environments hold one object: {one:?}, {two:?}");
    Ok(())
}

/// Names and incarnations, sorted.
pub(super) fn identities(seen: &Observed) -> Vec<(ObjectId, Incarnation)> {
    let mut all: Vec<_> = seen.objects.iter().map(|object| (object.id.clone(), object.incarnation.clone())).collect();
    all.sort();
    all
}
