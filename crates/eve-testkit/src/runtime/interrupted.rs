//! Operations that do not come to their end.

use std::sync::Arc;
use std::time::Duration;

use eve_core::desired::FileMount;
use eve_core::{
    Bound, Cancel, Code, Deadline, Op, OpCx, SecretName, SecretVersion, SourcePath, Template, VarName, codes,
};

use super::{Scene, Shelf, Vault};
use crate::failure::{ensure, refused};
use crate::{Failure, Outcome};

pub(super) async fn a_cancelled_operation_leaves_nothing(scene: &Scene) -> Outcome {
    let op = first_op(scene, &scene.want(scene.harness.serves_http())).await?;
    let cancel = Cancel::new();
    cancel.cancel();
    let cx = scene.cx(&scene.environment, &op).with_cancel(cancel);
    refused("a cancelled operation", scene.runtime.perform(&op, &cx).await, &[&codes::CANCELLED])?;
    nothing_there(scene).await
}

pub(super) async fn an_operation_past_its_deadline_leaves_nothing(scene: &Scene) -> Outcome {
    let op = first_op(scene, &scene.want(scene.harness.serves_http())).await?;
    let mut cx: OpCx = scene.cx(&scene.environment, &op);
    cx.deadline = Deadline::after(&*scene.env, Duration::ZERO);
    refused("an operation past its deadline", scene.runtime.perform(&op, &cx).await, &[&codes::DEADLINE_EXCEEDED])?;
    nothing_there(scene).await
}

pub(super) async fn a_missing_secret_stops_an_operation_and_leaves_nothing(scene: &Scene) -> Outcome {
    let (secret, variable) = (SecretName::new("TOKEN")?, VarName::new("TOKEN")?);
    let mut service = scene.harness.serves_http();
    service.process.environment.insert(variable, Template::secret(secret.clone()));
    let mut want = scene.want(service);
    want.secrets.insert(secret.clone(), SecretVersion::new("1"));
    let ops = ops_naming(scene, &want, secret.as_str()).await?;
    let without = |cx: OpCx| cx.with_secrets(Arc::new(Vault::default()));
    one_is_refused(scene, &ops, without, &codes::SECRET_MISSING).await?;
    nothing_there(scene).await
}

pub(super) async fn a_missing_file_stops_an_operation_and_leaves_nothing(scene: &Scene) -> Outcome {
    let path = SourcePath::new("conf/app")?;
    let mut service = scene.harness.serves_http();
    service.files.push(FileMount::new(path.clone(), "/etc/eve-suite/app"));
    let mut want = scene.want(service);
    let tree = Shelf::default().put("one");
    let digests: Vec<String> = tree.files().map(|(_, blob)| blob.digest.to_string()).collect();
    want.files.insert(path, tree);
    if !scene.can.files {
        return scene.refuses_files(&want).await;
    }
    let ops = ops_naming(scene, &want, &digests[0]).await?;
    let without = |cx: OpCx| cx.with_files(Arc::new(Shelf::default()));
    one_is_refused(scene, &ops, without, &codes::BLOB_NOT_FOUND).await?;
    nothing_there(scene).await
}

pub(super) async fn a_dropped_operation_can_be_performed_again(scene: &Scene) -> Outcome {
    let want = scene.want(scene.harness.serves_http());
    let changes = scene.plan(&want).await?;
    for op in &changes.ensure {
        let cx = scene.cx(&scene.environment, op);
        // Polled once, then dropped: how far the backend got is its own matter.
        let _ = futures_util::FutureExt::now_or_never(scene.runtime.perform(op, &cx));
    }
    let done = scene.ensure(&scene.environment, &changes).await?;
    let seen = scene.ready(&scene.environment, &changes, &done).await?;
    let instances = seen.ours().filter(|object| object.service == Some(Scene::web())).count();
    ensure!(instances == 1, "an operation that was dropped and done again left {instances} instances");
    Ok(())
}

/// The operations that are about something: those whose body names it.
async fn ops_naming(scene: &Scene, want: &Bound, text: &str) -> Outcome<Vec<Op>> {
    let mut ops = scene.plan(want).await?.ensure;
    ops.retain(|op| op.body.as_ref().is_some_and(|body| body.as_str().contains(text)));
    ensure!(!ops.is_empty(), "no operation of the plan names {text}");
    Ok(ops)
}

/// That whichever operation needs what is not there says so, and that none of the others does anything either.
async fn one_is_refused(scene: &Scene, ops: &[Op], without: impl Fn(OpCx) -> OpCx, code: &Code) -> Outcome {
    let mut found = Vec::new();
    for op in ops {
        let cx = without(scene.cx(&scene.environment, op));
        match scene.runtime.perform(op, &cx).await {
            Ok(change) => return Err(Failure::new(format!("{} was done: {change:?}", op.id))),
            Err(error) => found.push(error.code().clone()),
        }
    }
    ensure!(found.contains(code), "no operation was refused by {code}, but by {found:?}");
    Ok(())
}

async fn first_op(scene: &Scene, want: &Bound) -> Outcome<Op> {
    let changes = scene.plan(want).await?;
    let mut op = changes.ensure.into_iter().find(|op| op.service == Some(Scene::web()));
    op.take().ok_or_else(|| Failure::new("the plan makes no instance of web"))
}

async fn nothing_there(scene: &Scene) -> Outcome {
    let seen = scene.runtime.observe(&scene.environment).await?;
    ensure!(seen.ours().next().is_none(), "something is half made: {:?}", seen.objects);
    Ok(())
}
