//! Workloads that end by themselves.

use eve_core::{Evidence, Exit, Finding, Incarnation, InstanceRef, ObjectId, ObjectName, Observed, codes};

use super::scene::{name, variant};
use super::{Done, Scene, once};
use crate::failure::{ensure, ensure_eq};
use crate::{Failure, Outcome};

pub(super) async fn an_exit_is_a_terminal_finding(scene: &Scene) -> Outcome {
    let done = crash(scene, 7).await?;
    let finding = scene.terminal(&done).await?;
    ensure_eq!(finding.code, codes::WORKLOAD_CRASHED, "another code");
    ensure_eq!(finding.exit(), Some(Exit::Code(7)), "the evidence does not tell the exit");
    ensure_eq!(finding.subject.service, Some(Scene::web()), "the finding does not name the service");
    ensure!(!finding.message.is_empty(), "the finding says nothing");
    Ok(())
}

pub(super) async fn a_crash_loop_becomes_terminal(scene: &Scene) -> Outcome {
    // Started again after every end: it must not be waited for all the same.
    let changes = scene.plan(&scene.want(scene.harness.exits(9))).await?;
    let done = instance_of(scene.ensure(&scene.environment, &changes).await?)?;
    let finding = scene.terminal(&done).await?;
    ensure_eq!(finding.exit(), Some(Exit::Code(9)), "the evidence does not tell the exit");
    Ok(())
}

pub(super) async fn an_older_releases_finding_keeps_its_own_hash(scene: &Scene) -> Outcome {
    let old = crash(scene, 7).await?;
    scene.terminal(&old).await?;
    let changes = scene.plan(&scene.want(variant(scene.harness.serves_http(), "2"))).await?;
    let done = scene.ensure(&scene.environment, &changes).await?;
    let seen = scene.ready(&scene.environment, &changes, &done).await?;
    for step in &done {
        let blamed: Vec<&Finding> = about(&seen, step).collect();
        ensure!(blamed.is_empty(), "the new release is blamed for the old one's end: {blamed:?}");
    }
    Ok(())
}

pub(super) async fn what_ended_leaves_evidence(scene: &Scene) -> Outcome {
    let done = crash(scene, 7).await?;
    let finding = scene.terminal(&done).await?;
    let Some(evidence) = scene.runtime.evidence() else {
        // Without a way to capture, the finding itself has to carry it.
        ensure!(finding.exit().is_some(), "nothing tells how it ended");
        return Ok(());
    };
    let instance = finding.subject.instance.ok_or_else(|| Failure::new("the finding names no instance"))?;
    let captured = evidence.capture(&scene.environment, &instance).await?;
    let exits = captured.iter().any(|e| matches!(e, Evidence::Exit { exit: Exit::Code(7), .. }));
    ensure!(exits, "the exit is not captured: {captured:?}");
    let never = ObjectId::new(instance.object.kind, ObjectName::new("never-was")?);
    let gone = InstanceRef::new(never, Incarnation::new("never-was"));
    let nothing = evidence.capture(&scene.environment, &gone).await?;
    ensure!(nothing.is_empty(), "an instance that never was gave evidence: {nothing:?}");
    Ok(())
}

/// Deploys `web` as something that ends with this code and is not started again.
async fn crash(scene: &Scene, code: i32) -> Outcome<Done> {
    let service = once(scene.harness.exits(code));
    let changes = scene.plan(&scene.want_in(&scene.environment, [(name("web"), service)])).await?;
    instance_of(scene.ensure(&scene.environment, &changes).await?)
}

fn instance_of(done: Vec<Done>) -> Outcome<Done> {
    let instance = done.into_iter().find(|step| step.op.service == Some(Scene::web()));
    instance.ok_or_else(|| Failure::new("the plan makes no instance of web"))
}

/// What counts against an operation, by the engine's rule: its object, its hash.
fn about<'a>(seen: &'a Observed, step: &'a Done) -> impl Iterator<Item = &'a Finding> {
    seen.findings.iter().filter(|finding| {
        finding.code == codes::WORKLOAD_CRASHED
            && finding.subject.hash == step.op.after
            && finding.subject.instance.as_ref().is_none_or(|instance| instance.object == step.op.object)
    })
}
