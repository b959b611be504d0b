//! What removing promises.

use eve_core::{Bound, ChangeOutcome};

use super::Scene;
use super::observing::identities;
use super::scene::name;
use crate::Outcome;
use crate::failure::{ensure, ensure_eq};

pub(super) async fn deleting_twice_is_skipped(scene: &Scene) -> Outcome {
    scene.deploy(&scene.want(scene.harness.serves_http())).await?;
    let changes = scene.plan(&Bound::empty(scene.environment.clone())).await?;
    ensure!(!changes.retire.is_empty(), "the empty target retires nothing");
    for step in scene.retire(&scene.environment, &changes).await? {
        ensure_eq!(step.change.outcome, ChangeOutcome::Deleted, "{} did not remove", step.op.id);
    }
    for step in scene.retire(&scene.environment, &changes).await? {
        ensure_eq!(step.change.outcome, ChangeOutcome::Skipped, "{} done again", step.op.id);
    }
    Ok(())
}

pub(super) async fn deleting_in_one_environment_leaves_the_other(scene: &Scene) -> Outcome {
    scene.deploy(&scene.want(scene.harness.serves_http())).await?;
    let other = scene.want_in(&scene.neighbour, [(name("web"), scene.harness.serves_http())]);
    scene.deploy(&other).await?;
    let before = scene.runtime.observe(&scene.neighbour).await?;
    scene.deploy(&Bound::empty(scene.environment.clone())).await?;
    let after = scene.runtime.observe(&scene.neighbour).await?;
    ensure_eq!(identities(&before), identities(&after), "the neighbour's objects changed");
    let left = scene.plan(&other).await?;
    ensure!(left.ensure.is_empty() && left.retire.is_empty(), "the neighbour has something to do: {left:?}");
    Ok(())
}

pub(super) async fn deleting_everything_leaves_nothing(scene: &Scene) -> Outcome {
    let services = [
        (name("web"), scene.harness.serves_http()),
        (name("broken"), scene.harness.exits(3)),
        (name("slow"), scene.harness.never_ready()),
    ];
    let changes = scene.plan(&scene.want_in(&scene.environment, services)).await?;
    scene.ensure(&scene.environment, &changes).await?;
    if let Some(owned) = scene.runtime.owned() {
        let holds = owned.environments().await?.contains(&scene.environment);
        ensure!(holds, "the environment is not among those that something is left of");
    }
    let empty = scene.plan(&Bound::empty(scene.environment.clone())).await?;
    scene.retire(&scene.environment, &empty).await?;
    let seen = scene.until(&scene.environment, "nothing to be left", |seen| seen.objects.is_empty()).await?;
    ensure!(seen.findings.is_empty(), "findings about nothing: {:?}", seen.findings);
    if let Some(owned) = scene.runtime.owned() {
        let holds = owned.environments().await?.contains(&scene.environment);
        ensure!(!holds, "something is said to be left of the environment");
    }
    Ok(())
}
