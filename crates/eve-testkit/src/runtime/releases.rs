//! One release after another: names are reused, incarnations are not.

use eve_core::desired::Strategy;
use eve_core::{ChangeOutcome, codes};

use super::Scene;
use super::scene::variant;
use crate::failure::{ensure, ensure_eq, refused};
use crate::{Failure, Outcome};

pub(super) async fn a_changed_spec_is_a_new_instance_beside_the_old_one(scene: &Scene) -> Outcome {
    let release = |number: &str| {
        let mut service = variant(scene.harness.serves_http(), number);
        service.rollout.strategy = Some(Strategy::Switched);
        scene.want(service)
    };
    if !scene.can.rollout.contains(&Strategy::Switched) {
        let plan = scene.plan(&release("1")).await;
        return refused("planning a switch", plan, &[&codes::CAPABILITY_UNSUPPORTED]).map(drop);
    }
    let (_, old) = scene.deploy(&release("1")).await?;
    let changes = scene.plan(&release("2")).await?;
    ensure!(changes.stop_first.is_empty(), "a switch stops the old release first: {:?}", changes.stop_first);
    let done = scene.ensure(&scene.environment, &changes).await?;
    let seen = scene.ready(&scene.environment, &changes, &done).await?;
    for step in old.iter().filter(|step| step.op.service.is_some()) {
        let object =
            seen.object(&step.op.object).ok_or_else(|| Failure::new("the old instance went before its time"))?;
        ensure!(object.state.is_ready(), "the old instance is disturbed: {object:?}");
        let retired = changes.retire.iter().find(|op| op.object == object.id);
        let incarnation = retired.and_then(|op| op.incarnation.as_ref());
        ensure_eq!(incarnation, Some(&object.incarnation), "the old instance is not retired by incarnation");
    }
    scene.retire(&scene.environment, &changes).await?;
    let again = scene.plan(&release("2")).await?;
    ensure!(again.ensure.is_empty() && again.retire.is_empty(), "after the switch there is more to do: {again:?}");
    Ok(())
}

pub(super) async fn going_back_reuses_the_name_and_not_the_incarnation(scene: &Scene) -> Outcome {
    let release = |number: &str| scene.want(variant(scene.harness.serves_http(), number));
    let (first, _) = scene.deploy(&release("1")).await?;
    let before = scene.runtime.observe(&scene.environment).await?;
    scene.deploy(&release("2")).await?;
    let (third, _) = scene.deploy(&release("1")).await?;
    ensure_eq!(first.instances, third.instances, "the same release counts on other instances");
    let after = scene.runtime.observe(&scene.environment).await?;
    for expected in first.instances.values().flatten() {
        let incarnation = |seen: &eve_core::Observed| seen.object(&expected.object).map(|o| o.incarnation.clone());
        ensure!(incarnation(&after).is_some(), "{} is not there", expected.object);
        ensure!(incarnation(&before) != incarnation(&after), "{} has its old incarnation", expected.object);
    }
    Ok(())
}

pub(super) async fn deleting_an_older_incarnation_leaves_the_newer_one(scene: &Scene) -> Outcome {
    let release = |number: &str| scene.want(variant(scene.harness.serves_http(), number));
    scene.deploy(&release("1")).await?;
    let leaving = scene.plan(&release("2")).await?;
    scene.deploy(&release("2")).await?;
    scene.deploy(&release("1")).await?;
    let before = scene.runtime.observe(&scene.environment).await?;
    for op in &leaving.retire {
        match scene.perform(op).await {
            Ok(change) => ensure_eq!(change.outcome, ChangeOutcome::Skipped, "{} removed something", op.id),
            Err(error) => ensure_eq!(error.code(), &codes::OBJECT_CHANGED, "{} failed otherwise", op.id),
        }
    }
    let after = scene.runtime.observe(&scene.environment).await?;
    let identities = super::observing::identities;
    ensure_eq!(identities(&before), identities(&after), "an operation for an older incarnation changed the newer");
    Ok(())
}
