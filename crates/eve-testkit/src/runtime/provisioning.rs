//! What operations need, before the first of them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eve_core::desired::{Service, Source};
use eve_core::{
    Artifact, Bound, Cancel, Change, Deadline, ErrorKind, Op, OpCx, Progress, ProgressStatus, Provision, Result, Verb,
    codes,
};

use super::Scene;
use super::scene::name;
use crate::failure::{ensure, ensure_eq, refused};
use crate::{Failure, Outcome};

pub(super) async fn providing_changes_nothing_and_fetches_nothing_that_is_there(scene: &Scene) -> Outcome {
    let Some(backend) = scene.runtime.provision() else { return Ok(()) };
    let operations = operations(scene, &scene.want(scene.harness.serves_http())).await?;
    let before = scene.runtime.observe(&scene.environment).await?;
    for _ in 0..2 {
        let (done, told) = provide(scene, backend, &operations).await?;
        done?;
        ensure!(told.is_empty(), "something was fetched that is there: {told:?}");
    }
    let after = scene.runtime.observe(&scene.environment).await?;
    ensure_eq!(after.objects, before.objects, "providing changed something");
    Ok(())
}

pub(super) async fn everything_that_cannot_be_had_is_named_at_once(scene: &Scene) -> Outcome {
    let Some(backend) = scene.runtime.provision() else { return Ok(()) };
    let mut names = Vec::new();
    let mut want = scene.want_in(&scene.environment, []);
    for number in [1, 2] {
        let (service, artifact) = scene
            .harness
            .unobtainable(number)
            .ok_or_else(|| Failure::new("the harness has no workload that cannot be had"))?;
        let who = name(&format!("lacking-{number}"));
        names.push(origin(&service, artifact.as_ref())?);
        want.artifacts.extend(artifact.map(|artifact| (who.clone(), artifact)));
        want.desired.services.insert(who, service);
    }
    let operations = operations(scene, &want).await?;
    let (done, _) = provide(scene, backend, &operations).await?;
    let missing = [codes::IMAGE_NOT_FOUND, codes::IMAGE_DENIED, codes::IMAGE_UNREACHABLE, codes::ARTIFACT_NOT_FOUND];
    let error = refused("providing what cannot be had", done, &missing.each_ref())?;
    for name in names {
        ensure!(error.to_string().contains(&name), "{name} is not named: {error}");
    }
    ensure_eq!(scene.runtime.observe(&scene.environment).await?.ours().count(), 0, "something was made");
    Ok(())
}

pub(super) async fn what_is_not_there_is_fetched_once_and_by_no_operation(scene: &Scene) -> Outcome {
    let Some(backend) = scene.runtime.provision() else { return Ok(()) };
    // A backend that fetches nothing has shown in the case before that it says what it lacks.
    let Some(service) = scene.harness.to_be_fetched().await? else { return Ok(()) };
    let want = scene.want(service);
    let operations = operations(scene, &want).await?;
    let unprovided = perform_all(scene, &operations).await;
    refused("an operation whose image is not there", unprovided, &[&codes::IMAGE_NOT_FOUND])?;
    for time in ["first", "second"] {
        let (done, told) = provide(scene, backend, &operations).await?;
        done?;
        let count = |wanted| told.iter().filter(|(_, status)| *status == wanted).count();
        let expected = usize::from(time == "first");
        let counted = (count(ProgressStatus::Started), count(ProgressStatus::Done));
        ensure_eq!(counted, (expected, expected), "what the {time} time told");
    }
    scene.deploy(&want).await?;
    Ok(())
}

pub(super) async fn a_strangers_name_is_found_before_anything_is_made(scene: &Scene) -> Outcome {
    let Some(backend) = scene.runtime.provision() else { return Ok(()) };
    let operations = operations(scene, &scene.want(scene.harness.serves_http())).await?;
    for op in &operations {
        if !scene.harness.plant_stranger(&*scene.runtime, &scene.environment, &op.object).await? {
            continue;
        }
        let (done, _) = provide(scene, backend, &operations).await?;
        let error = refused("providing under a stranger's name", done, &[&codes::OBJECT_FOREIGN])?;
        ensure_eq!(error.kind(), ErrorKind::Conflict, "its kind");
        ensure!(error.to_string().contains(op.object.name.as_str()), "{} is not named: {error}", op.object);
    }
    Ok(())
}

pub(super) async fn providing_ends_when_it_is_cancelled_or_late(scene: &Scene) -> Outcome {
    let Some(backend) = scene.runtime.provision() else { return Ok(()) };
    let operations = operations(scene, &scene.want(scene.harness.serves_http())).await?;
    let cancel = Cancel::new();
    cancel.cancel();
    let cancelled = backend.provide(&operations, &cx(scene, &operations)?.with_cancel(cancel)).await;
    refused("a cancelled providing", cancelled, &[&codes::CANCELLED])?;
    let mut late = cx(scene, &operations)?;
    late.deadline = Deadline::after(&*scene.env, Duration::ZERO);
    refused("a late one", backend.provide(&operations, &late).await, &[&codes::DEADLINE_EXCEEDED])?;
    Ok(())
}

/// What makes something, of a plan for a target.
async fn operations(scene: &Scene, want: &Bound) -> Outcome<Vec<Op>> {
    let operations: Vec<_> = scene.plan(want).await?.ensure;
    ensure!(operations.iter().any(|op| op.verb == Verb::Create), "the plan makes nothing");
    Ok(operations)
}

fn cx(scene: &Scene, operations: &[Op]) -> Outcome<OpCx> {
    let first = operations.first().ok_or_else(|| Failure::new("the plan has no operation"))?;
    Ok(scene.cx(&scene.environment, first))
}

/// Provides, and what was told meanwhile: of what, and how it was.
async fn provide(
    scene: &Scene,
    backend: &dyn Provision<[Op]>,
    operations: &[Op],
) -> Outcome<(Result<()>, Vec<(String, ProgressStatus)>)> {
    let told: Arc<Mutex<Vec<_>>> = Arc::default();
    let listener = Arc::clone(&told);
    let progress = Progress::to(move |event| {
        listener.lock().unwrap_or_else(PoisonError::into_inner).push((event.id, event.status));
    });
    let done = backend.provide(operations, &cx(scene, operations)?.with_progress(progress)).await;
    let told = std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((done, told))
}

/// Performs operations in the plan's order, to the first that fails.
async fn perform_all(scene: &Scene, operations: &[Op]) -> Result<Option<Change>> {
    let mut last = None;
    for op in operations {
        last = Some(scene.perform(op).await?);
    }
    Ok(last)
}

/// How an error names what a service is started from.
fn origin(service: &Service, artifact: Option<&Artifact>) -> Outcome<String> {
    match (artifact, &service.source) {
        (Some(artifact), _) => Ok(artifact.to_string()),
        (None, Source::Image(image)) => Ok(image.to_string()),
        (None, _) => Err(Failure::new("a workload that is built has no artifact")),
    }
}
