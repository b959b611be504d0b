//! What is not Eve's is never touched.

use eve_core::{
    Body, Bound, ChangeOutcome, Incarnation, Object, ObjectId, ObjectName, ObjectState, Observed, Op, Owner, codes,
};

use super::Scene;
use super::at::At;
use crate::failure::{ensure, ensure_eq, refused};
use crate::{Failure, Outcome};

pub(super) async fn a_name_that_a_stranger_has_is_not_taken(scene: &Scene) -> Outcome {
    let want = scene.want(scene.harness.serves_http());
    let changes = scene.plan(&want).await?;
    let op = changes.ensure.first().ok_or_else(|| Failure::new("the plan has no operation"))?;
    let (seen, planted) = with_stranger(scene, &op.object).await?;
    refused("planning", scene.runtime.plan(&want, &seen, &At("one.test")), &[&codes::OBJECT_FOREIGN])?;
    if planted {
        refused("an operation for its name", scene.perform(op).await, &[&codes::OBJECT_FOREIGN])?;
        is_untouched(scene, &op.object, &seen).await?;
    }
    Ok(())
}

pub(super) async fn a_strangers_object_is_never_removed(scene: &Scene) -> Outcome {
    let want = scene.want(scene.harness.serves_http());
    let kind = scene.plan(&want).await?.ensure.first().map(|op| op.object.kind.clone());
    let kind = kind.ok_or_else(|| Failure::new("the plan has no operation"))?;
    let stranger = ObjectId::new(kind, ObjectName::new("strangers-own")?);
    let (seen, planted) = with_stranger(scene, &stranger).await?;
    for target in [&want, &Bound::empty(scene.environment.clone())] {
        let changes = scene.runtime.plan(target, &seen, &At("one.test"))?;
        let touches = changes.ensure.iter().chain(&changes.retire).any(|op| op.object == stranger);
        ensure!(!touches, "the plan touches a stranger's object: {changes:?}");
    }
    // The operation that no plan has: even then nothing of a stranger's is removed.
    let object = seen.object(&stranger).ok_or_else(|| Failure::new("the stranger is not seen"))?;
    match scene.perform(&Op::delete(object, "the suite tries")).await {
        Ok(change) => ensure_eq!(change.outcome, ChangeOutcome::Skipped, "removing a stranger's object did something"),
        Err(error) => {
            let codes = [codes::OBJECT_FOREIGN, codes::OBJECT_CHANGED, codes::OPERATION_UNKNOWN];
            ensure!(codes.contains(error.code()), "it was refused by {}", error.code());
        }
    }
    if planted {
        is_untouched(scene, &stranger, &seen).await?;
    }
    Ok(())
}

/// The environment's state with a stranger's object in it; true if the object is really there.
async fn with_stranger(scene: &Scene, id: &ObjectId) -> Outcome<(Observed, bool)> {
    if scene.harness.plant_stranger(&*scene.runtime, &scene.environment, id).await? {
        let seen = scene.runtime.observe(&scene.environment).await?;
        let owner = seen.object(id).map(|object| object.owner);
        ensure_eq!(owner, Some(Owner::Stranger), "the stranger's object is not observed as one");
        return Ok((seen, true));
    }
    let mut seen = scene.runtime.observe(&scene.environment).await?;
    let hash = Body::of(&"a stranger's")?.digest();
    let mut object = Object::new(id.clone(), Incarnation::new("strangers"), hash, ObjectState::Ready);
    object.owner = Owner::Stranger;
    object.hash = None;
    seen.objects.push(object);
    Ok((seen, false))
}

async fn is_untouched(scene: &Scene, id: &ObjectId, before: &Observed) -> Outcome {
    let after = scene.runtime.observe(&scene.environment).await?;
    ensure_eq!(after.object(id), before.object(id), "the stranger's object is not what it was");
    Ok(())
}
