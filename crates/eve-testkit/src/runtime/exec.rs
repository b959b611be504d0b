//! What running commands promises.

use std::time::Duration;

use bytes::Bytes;
use eve_core::{Cancel, Deadline, Exec, ExecItem, ExecOptions, ExecSpec, Exit, Incarnation, InstanceRef, codes};
use futures_util::StreamExt as _;
use futures_util::stream;

use super::Scene;
use crate::failure::{ensure, ensure_eq, refused};
use crate::{Failure, Outcome};

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the one may take that would never end.
const SHORT: Duration = Duration::from_secs(2);

/// What a command told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    exit: Option<Exit>,
}

pub(super) async fn a_command_reads_its_input_and_tells_what_it_wrote_and_how_it_ended(scene: &Scene) -> Outcome {
    let Some(exec) = ready(scene).await? else { return Ok(()) };
    // More than fits into any buffer on the way.
    let text: Bytes = (0..100_000).flat_map(|number| format!("{number}\n").into_bytes()).collect();
    let parts: Vec<Bytes> = text.chunks(10_000).map(Bytes::copy_from_slice).collect();
    let input = options(scene).with_input(stream::iter(parts).boxed());
    let told = run(exec, &copy(scene, 7)?, input).await?;
    ensure!(told.stdout == text, "{} bytes of {} came back", told.stdout.len(), text.len());
    ensure_eq!(String::from_utf8_lossy(&told.stderr), "done\n", "its standard error");
    ensure_eq!(told.exit, Some(Exit::Code(7)), "its exit");
    Ok(())
}

pub(super) async fn a_command_without_input_reads_the_end(scene: &Scene) -> Outcome {
    let Some(exec) = ready(scene).await? else { return Ok(()) };
    let told = run(exec, &copy(scene, 0)?, options(scene)).await?;
    let expected = Told { stderr: b"done\n".to_vec(), exit: Some(Exit::Code(0)), ..Told::default() };
    ensure_eq!(told, expected, "what a command without input told");
    Ok(())
}

pub(super) async fn a_command_that_is_not_there_is_refused(scene: &Scene) -> Outcome {
    let Some(exec) = ready(scene).await? else { return Ok(()) };
    let mut what = copy(scene, 0)?;
    what.argv = vec!["/no/such/program".to_owned()];
    let refusal = exec.exec(&what, options(scene)).next().await.ok_or_else(|| Failure::new("nothing was told"))?;
    refused("running what is not there", refusal, &[&codes::WORKLOAD_CANNOT_START]).map(drop)
}

pub(super) async fn a_command_in_what_does_not_run_is_refused(scene: &Scene) -> Outcome {
    let Some(exec) = ready(scene).await? else { return Ok(()) };
    let (mut elsewhere, mut another, own) = (copy(scene, 0)?, copy(scene, 0)?, copy(scene, 0)?);
    elsewhere.environment = scene.neighbour.clone();
    another.service = eve_core::ServiceName::new("another")?;
    let seen = scene.runtime.observe(&scene.environment).await?;
    let object = seen.ours().find(|object| object.service.as_ref() == Some(&own.service));
    let object = object.ok_or_else(|| Failure::new("the service has no instance"))?;
    let older = InstanceRef::new(object.id.clone(), Incarnation::new("an-older-one"));
    for what in [elsewhere, another, own.clone().with_instance(older)] {
        let refusal = exec.exec(&what, options(scene)).next().await.ok_or_else(|| Failure::new("nothing was told"))?;
        refused("a command in what does not run", refusal, &[&codes::INSTANCE_UNKNOWN])?;
    }
    let told = run(exec, &own.with_instance(object.instance()), options(scene)).await?;
    ensure_eq!(told.exit, Some(Exit::Code(0)), "the exit of a command in a named instance");
    Ok(())
}

pub(super) async fn a_command_that_is_cancelled_or_late_is_told_so(scene: &Scene) -> Outcome {
    let Some(exec) = ready(scene).await? else { return Ok(()) };
    let what = copy(scene, 0)?;
    let endless = || options(scene).with_input(stream::pending().boxed());
    let cancel = Cancel::new();
    let mut items = exec.exec(&what, endless().with_cancel(cancel.clone()));
    cancel.cancel();
    let last = items.next().await.ok_or_else(|| Failure::new("nothing was told"))?;
    refused("a command that was cancelled", last, &[&codes::CANCELLED])?;

    let mut late = endless();
    late.deadline = Deadline::after(&*scene.env, SHORT);
    let last = exec.exec(&what, late).next().await.ok_or_else(|| Failure::new("nothing was told"))?;
    refused("a command whose time was up", last, &[&codes::DEADLINE_EXCEEDED]).map(drop)
}

/// A service that is ready. None if running commands is not claimed, and is not offered.
async fn ready(scene: &Scene) -> Outcome<Option<&dyn Exec>> {
    let exec = scene.runtime.exec();
    ensure_eq!(exec.is_some(), scene.can.exec, "running commands is offered, or claimed, without the other");
    if exec.is_some() {
        scene.deploy(&scene.want(scene.harness.serves_http())).await?;
    }
    Ok(exec)
}

fn copy(scene: &Scene, code: i32) -> Outcome<ExecSpec> {
    let argv = scene.harness.copies(code).ok_or_else(|| Failure::new("the harness has no command"))?;
    Ok(ExecSpec::new(scene.environment.clone(), Scene::web(), argv))
}

fn options(scene: &Scene) -> ExecOptions {
    ExecOptions::new(scene.env.clone(), Deadline::after(&*scene.env, PATIENCE))
}

async fn run(exec: &dyn Exec, what: &ExecSpec, how: ExecOptions) -> Outcome<Told> {
    let mut told = Told::default();
    let mut items = exec.exec(what, how);
    while let Some(item) = items.next().await {
        ensure!(told.exit.is_none(), "something came after the end: {item:?}");
        match item? {
            ExecItem::Stdout(bytes) => told.stdout.extend_from_slice(&bytes),
            ExecItem::Stderr(bytes) => told.stderr.extend_from_slice(&bytes),
            ExecItem::Ended { exit } => told.exit = Some(exit),
            other => return Err(Failure::new(format!("an item that the suite does not know: {other:?}"))),
        }
    }
    Ok(told)
}
