//! What performing promises.

use std::time::Duration;

use eve_core::{Body, ChangeOutcome, ObjectId, ObjectName, Op, Owner, Verb, codes};

use super::Scene;
use super::observing::identities;
use super::scene::variant;
use crate::failure::{ensure, ensure_eq, refused};
use crate::{Failure, Outcome, http};

/// How many times, and with which pause, a ready instance is asked until it answers.
const LOOKS: u32 = 60;
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn a_first_deploy_creates_and_becomes_ready(scene: &Scene) -> Outcome {
    let want = scene.want(scene.harness.serves_http());
    let changes = scene.plan(&want).await?;
    let done = scene.ensure(&scene.environment, &changes).await?;
    ensure!(!done.is_empty(), "the plan has no operation");
    for step in &done {
        ensure_eq!(step.change.outcome, ChangeOutcome::Created, "{} was not made", step.op.object);
    }
    let seen = scene.ready(&scene.environment, &changes, &done).await?;
    for expected in &changes.instances[&Scene::web()] {
        let object = seen.object(&expected.object).ok_or_else(|| Failure::new("an instance went away"))?;
        ensure_eq!(object.owner, Owner::Eve, "an instance is somebody else's");
        ensure_eq!(object.service, Some(Scene::web()), "an instance does not name its service");
        let port = want.desired.services[&Scene::web()].ports[0].number;
        ensure!(object.addresses.contains_key(&port), "port {port} has no address: {:?}", object.addresses);
    }
    Ok(())
}

pub(super) async fn deploying_the_same_target_again_changes_nothing(scene: &Scene) -> Outcome {
    let want = scene.want(scene.harness.serves_http());
    let (first, _) = scene.deploy(&want).await?;
    let again = scene.plan(&want).await?;
    ensure!(again.ensure.is_empty() && again.retire.is_empty(), "the second plan changes something: {again:?}");
    ensure_eq!(again.instances, first.instances, "the second plan counts on other instances");
    Ok(())
}

pub(super) async fn performing_an_operation_twice_changes_nothing(scene: &Scene) -> Outcome {
    let (_, done) = scene.deploy(&scene.want(scene.harness.serves_http())).await?;
    let before = scene.runtime.observe(&scene.environment).await?;
    for step in &done {
        let outcome = scene.perform(&step.op).await?.outcome;
        let same = matches!(outcome, ChangeOutcome::Unchanged | ChangeOutcome::Skipped);
        ensure!(same, "{} done again answered {outcome:?}", step.op.id);
    }
    let after = scene.runtime.observe(&scene.environment).await?;
    ensure_eq!(identities(&before), identities(&after), "the objects are others");
    Ok(())
}

pub(super) async fn the_version_of_a_change_is_observed(scene: &Scene) -> Outcome {
    for release in ["1", "2"] {
        let changes = scene.plan(&scene.want(variant(scene.harness.serves_http(), release))).await?;
        for step in scene.ensure(&scene.environment, &changes).await? {
            let reached =
                |object: &eve_core::Object| object.version >= step.change.version && object.hash == step.op.after;
            let what = format!("version {} of {}", step.change.version, step.op.object);
            let seen = scene
                .until(&scene.environment, &what, |seen| seen.object(&step.op.object).is_some_and(reached))
                .await?;
            if let (Some(told), Some(object)) = (&step.change.incarnation, seen.object(&step.op.object)) {
                ensure_eq!(told, &object.incarnation, "another incarnation was observed than performing told");
            }
        }
    }
    Ok(())
}

pub(super) async fn an_operation_of_another_backend_is_refused(scene: &Scene) -> Outcome {
    let object = ObjectId::new("flying-saucer", ObjectName::new("web-1")?);
    let op = Op::ensure(Verb::Create, object, None, Body::of(&"of another backend")?, "it does not exist");
    refused("an alien operation", scene.perform(&op).await, &[&codes::OPERATION_UNKNOWN])?;
    let seen = scene.runtime.observe(&scene.environment).await?;
    ensure!(seen.objects.is_empty(), "a refused operation left {:?}", seen.objects);
    Ok(())
}

pub(super) async fn a_ready_instance_answers_at_its_address_and_a_retired_one_does_not(scene: &Scene) -> Outcome {
    let want = scene.want(scene.harness.serves_http());
    let port = want.desired.services[&Scene::web()].ports[0].number;
    let (changes, _) = scene.deploy(&want).await?;
    let seen = scene.runtime.observe(&scene.environment).await?;
    let object = changes.instances[&Scene::web()].first().and_then(|expected| seen.object(&expected.object));
    let address = object.and_then(|object| object.addresses.get(&port)).cloned();
    let address = address.ok_or_else(|| Failure::new("the instance has no address"))?;
    let later = scene.runtime.observe(&scene.environment).await?;
    let fixed = object.and_then(|object| later.object(&object.id)).and_then(|object| object.addresses.get(&port));
    ensure_eq!(fixed, Some(&address), "the address of an incarnation changed");
    if scene.harness.reaches_instances() {
        // Between an instance and whoever asks may be a network that hears of it a moment later.
        let mut answer = http::get(&address, "web.test", "/").await;
        for _ in 0..LOOKS {
            if answer.as_ref().is_ok_and(|(status, _)| *status == 200) {
                break;
            }
            scene.env.sleep(PAUSE).await;
            answer = http::get(&address, "web.test", "/").await;
        }
        ensure_eq!(answer?.0, 200, "a ready instance did not answer with 200");
        scene.deploy(&eve_core::Bound::empty(scene.environment.clone())).await?;
        // Where its address leads now, somebody else may answer in his own way.
        let answers = http::get(&address, "web.test", "/").await.is_ok_and(|(status, _)| status == 200);
        ensure!(!answers, "a retired instance still answers at {address}");
    }
    Ok(())
}
