//! Fencing tokens.

use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{
    Changes, Fence, Fencing, Object, Op, OpCx, Result, Secret, SecretName, SecretResolver, SecretVersion, Template,
    VarName, codes,
};
use futures_util::future::{self, Either};
use tokio::sync::Semaphore;

use super::Scene;
use super::scene::{FENCE, variant};
use crate::failure::{ensure, ensure_eq, refused};
use crate::{Failure, Outcome};

pub(super) async fn an_older_fence_is_refused_where_that_is_claimed(scene: &Scene) -> Outcome {
    let (_, done) = scene.deploy(&scene.want(scene.harness.serves_http())).await?;
    for step in &done {
        let older = scene.runtime.perform(&step.op, &fenced(scene, &step.op, FENCE - 1)).await;
        if scene.can.fences {
            refused("an operation under an older fence", older, &[&codes::LEASE_LOST])?;
        } else {
            // Not claimed: the journal alone fences, and the backend must not pretend.
            older?;
        }
    }
    Ok(())
}

pub(super) async fn an_older_holder_is_turned_away_before_the_younger_one_acts(scene: &Scene) -> Outcome {
    let Some(fencing) = fencing(scene)? else { return Ok(()) };
    let service = scene.harness.serves_http();
    let (first, _) = scene.deploy(&scene.want(service.clone())).await?;
    let next = scene.plan(&scene.want(variant(service.clone(), "next"))).await?;
    let before = objects(scene).await?;
    fencing.raise(&scene.environment, Fence::new(FENCE + 1)).await?;
    fencing.raise(&scene.environment, Fence::new(FENCE + 1)).await?;

    let older = fencing.raise(&scene.environment, Fence::new(FENCE)).await;
    refused("raising an older token", older, &[&codes::LEASE_LOST])?;
    for op in all(&first).chain(all(&next)) {
        let older = scene.perform(op).await;
        refused(&format!("an older holder's {}", op.id), older, &[&codes::LEASE_LOST])?;
    }
    ensure_eq!(objects(scene).await?, before, "what was refused changed something");

    // Each environment has tokens of its own.
    scene.deploy(&scene.want_in(&scene.neighbour, [(Scene::web(), service)])).await?;
    for op in next.ensure.iter().filter(|op| op.after_objects.is_empty()) {
        scene.runtime.perform(op, &fenced(scene, op, FENCE + 1)).await?;
    }
    Ok(())
}

pub(super) async fn an_older_holders_operation_that_is_under_way_changes_nothing(scene: &Scene) -> Outcome {
    let Some(fencing) = fencing(scene)? else { return Ok(()) };
    let (secret, variable) = (SecretName::new("TOKEN")?, VarName::new("TOKEN")?);
    let mut service = scene.harness.serves_http();
    service.process.environment.insert(variable, Template::secret(secret.clone()));
    let mut want = scene.want(service);
    want.secrets.insert(secret, SecretVersion::new("1"));
    let changes = scene.plan(&want).await?;
    let op = changes.ensure.iter().find(|op| op.service == Some(Scene::web()));
    let op = op.ok_or_else(|| Failure::new("the plan makes no instance of web"))?;

    let slow = Arc::new(SlowVault::default());
    let cx = fenced(scene, op, FENCE).with_secrets(slow.clone());
    let performing = std::pin::pin!(scene.runtime.perform(op, &cx));
    let asked = std::pin::pin!(slow.asked.acquire());
    let performing = match future::select(performing, asked).await {
        // It reads no secrets itself, so it is over before anybody could come in between.
        Either::Left((done, _)) => return Ok(done.map(drop)?),
        Either::Right((_, performing)) => performing,
    };
    fencing.raise(&scene.environment, Fence::new(FENCE + 1)).await?;
    slow.answers.add_permits(1);
    refused("an older holder's operation that was under way", performing.await, &[&codes::LEASE_LOST])?;
    ensure!(objects(scene).await?.is_empty(), "it left something");
    Ok(())
}

/// The runtime's fencing, which is there exactly where it is claimed.
fn fencing(scene: &Scene) -> Outcome<Option<&dyn Fencing>> {
    let fencing = scene.runtime.fencing();
    ensure_eq!(fencing.is_some(), scene.can.fences, "fencing is offered, as against what is claimed");
    Ok(fencing)
}

fn all(changes: &Changes) -> impl Iterator<Item = &Op> {
    changes.ensure.iter().chain(&changes.retire)
}

fn fenced(scene: &Scene, op: &Op, fence: u64) -> OpCx {
    let mut cx = scene.cx(&scene.environment, op);
    cx.fence = Fence::new(fence);
    cx
}

/// What there is, without how it is: states change by themselves.
async fn objects(scene: &Scene) -> Outcome<Vec<(String, String)>> {
    let seen = scene.runtime.observe(&scene.environment).await?;
    Ok(seen.ours().map(|object: &Object| (object.instance().to_string(), format!("{:?}", object.hash))).collect())
}

/// Gives secrets no sooner than it is told to.
struct SlowVault {
    asked: Semaphore,
    answers: Semaphore,
}

impl Default for SlowVault {
    fn default() -> Self {
        Self { asked: Semaphore::new(0), answers: Semaphore::new(0) }
    }
}

#[async_trait]
impl SecretResolver for SlowVault {
    async fn resolve(&self, _: &SecretName, _: &SecretVersion) -> Result<Secret> {
        self.asked.add_permits(1);
        // Never closed: it waits for a permit and nothing else.
        drop(self.answers.acquire().await);
        Ok(Secret::new("late"))
    }
}
