//! Performing one operation: one object each.

use eve_core::{
    Cancel, Change, ChangeOutcome, Error, Incarnation, Op, OpCx, ProgressEvent, ProgressStatus, Result, Verb, codes,
    naming,
};
use kube::api::DynamicObject;
use kube::runtime::conditions::is_deleted;
use kube::runtime::wait::await_condition;
use serde_json::{Value, json};

use super::k8s_runtime::K8sRuntime;
use super::observe::{self, version};
use super::same::is_same;
use crate::api::{Apply, Kind, is_conflict, is_gone, unavailable};
use crate::labels::Mark;
use crate::values;

impl K8sRuntime {
    /// Performs an operation in a task of its own: who stops waiting must not leave half an object.
    pub(super) async fn perform_op(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        cx.admit()?;
        let (this, task_op, task_cx) = (self.clone(), op.clone(), cx.clone());
        let work = tokio::spawn(async move { this.dispatch(&task_op, &task_cx).await });
        let done = async {
            work.await.map_err(|e| {
                Error::internal(codes::INTERNAL_INVARIANT, format!("operation {} broke off", op.id)).with_source(e)
            })?
        };
        // What is being made is waited for: it is not to appear when nobody counts on it any more.
        if op.verb != Verb::Delete {
            return done.await;
        }
        let what = format!("{} of {}", op.verb, op.object);
        tokio::select! {
            done = cx.deadline.limit(&*cx.env, &what, done) => done?,
            () = cx.cancel.cancelled() => Err(Cancel::error()),
        }
    }

    async fn dispatch(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let kind = Kind::of_word(&op.object.kind).ok_or_else(|| unknown(op))?;
        let namespace = naming::namespace(&cx.environment);
        if kind == Kind::Namespace && op.object.name.as_str() != namespace {
            return Err(unknown(op));
        }
        self.rights.check(&self.cluster, &self.config, &namespace).await?;
        match op.verb {
            Verb::Create => self.create(kind, &namespace, op, cx).await,
            Verb::Update => self.update(kind, &namespace, op, cx).await,
            Verb::Delete => self.delete(kind, &namespace, op, cx).await,
            _ => Err(unknown(op)),
        }
    }

    async fn create(&self, kind: Kind, namespace: &str, op: &Op, cx: &OpCx) -> Result<Change> {
        let mut object = values::filled(op, cx).await?;
        // A version that no object has: the server makes one that is not there, and changes none that is.
        object["metadata"]["resourceVersion"] = json!("1");
        cx.admit()?;
        match self.apply(kind, namespace, op, &object).await {
            Err(error) if *error.code() == codes::OBJECT_CHANGED || *error.code() == codes::OBJECT_CONFLICT => {}
            made => return made.map(|made| change(ChangeOutcome::Created, &made)),
        }
        let name = op.object.name.as_str();
        // Only of what comes to an end it has to be known whether it has.
        let found = match kind {
            Kind::Job => self.cluster.read(kind, namespace, name).await?,
            _ => self.cluster.find(kind, namespace, name).await?,
        };
        if let Some(found) = found {
            let Some(mark) = Mark::read(&self.config.owner, &cx.environment, &found.metadata) else {
                return Err(foreign(op));
            };
            if found.metadata.deletion_timestamp.is_some() || observe::is_over(&found) {
                // One of that name has ended, or is about to.
                let ending = self.end(kind, namespace, name, uid(&found));
                tokio::select! {
                    gone = cx.deadline.limit(&*cx.env, "its forerunner to be gone", ending) => gone??,
                    () = cx.cancel.cancelled() => return Err(Cancel::error()),
                }
            } else if Some(&mark.hash) == op.after.as_ref() {
                return Ok(change(ChangeOutcome::Unchanged, &found));
            } else {
                return Err(changed(op, "is there already, and another one"));
            }
        }
        cx.admit()?;
        let made = self.apply(kind, namespace, op, &object).await?;
        Ok(change(ChangeOutcome::Created, &made))
    }

    async fn update(&self, kind: Kind, namespace: &str, op: &Op, cx: &OpCx) -> Result<Change> {
        let incarnation = op.incarnation.as_ref().ok_or_else(|| unknown(op))?;
        let mut object = values::filled(op, cx).await?;
        let name = op.object.name.as_str();
        let before = match kind {
            // What a Secret holds is nobody's business here.
            Kind::Secret => self.cluster.find(kind, namespace, name).await?,
            _ => self.cluster.read(kind, namespace, name).await?,
        };
        let Some(before) = before.filter(|found| uid(found) == incarnation.as_str()) else {
            return Err(changed(op, "is not the one that the operation was planned for"));
        };
        if Mark::read(&self.config.owner, &cx.environment, &before.metadata).is_none() {
            return Err(foreign(op));
        }
        object["metadata"]["uid"] = json!(incarnation.as_str());
        cx.admit()?;
        let after = self.apply(kind, namespace, op, &object).await?;
        let is_same = is_same(&before, &after, &object, &self.config.runtime_manager());
        Ok(change(if is_same { ChangeOutcome::Unchanged } else { ChangeOutcome::Updated }, &after))
    }

    async fn apply(&self, kind: Kind, namespace: &str, op: &Op, object: &Value) -> Result<DynamicObject> {
        let manager = self.config.runtime_manager();
        let how = Apply { manager: &manager, dry_run: false };
        let applied = self.cluster.apply(kind, namespace, op.object.name.as_str(), object, how).await;
        applied.map_err(|error| unavailable(&format!("applying {}", op.object), error))
    }

    async fn delete(&self, kind: Kind, namespace: &str, op: &Op, cx: &OpCx) -> Result<Change> {
        let incarnation = op.incarnation.as_ref().ok_or_else(|| unknown(op))?;
        let name = op.object.name.as_str();
        let skipped = Change::new(ChangeOutcome::Skipped, 0);
        let Some(found) = self.cluster.find(kind, namespace, name).await? else { return Ok(skipped) };
        if uid(&found) != incarnation.as_str() {
            return Ok(skipped);
        }
        if Mark::read(&self.config.owner, &cx.environment, &found.metadata).is_none() {
            return Err(foreign(op));
        }
        if kind == Kind::Namespace
            && let Some(why) = self.holders(&cx.environment).await?
        {
            tracing::warn!(namespace, why, "the namespace stays");
            cx.progress.say(|| {
                let text = format!("namespace {namespace} stays: {why}");
                ProgressEvent::new(format!("{}/namespace", op.id), ProgressStatus::Skipped, text)
            });
            return Ok(Change::new(ChangeOutcome::Skipped, version(&found)));
        }
        cx.admit()?;
        self.end(kind, namespace, name, incarnation.as_str()).await?;
        Ok(Change::new(ChangeOutcome::Deleted, version(&found)))
    }

    /// Asks for an object's end, and waits for it: all that was made for it is gone then.
    async fn end(&self, kind: Kind, namespace: &str, name: &str, uid: &str) -> Result<()> {
        let failed = |error| unavailable(&format!("ending {} {name}", kind.word()), error);
        match self.cluster.delete(kind, namespace, name, uid).await {
            Err(error) if is_gone(&error) || is_conflict(&error) => return Ok(()),
            asked => asked.map_err(failed)?,
        }
        let gone = await_condition(self.cluster.api(kind, namespace), name, is_deleted(uid)).await;
        gone.map(drop).map_err(|error| {
            Error::unavailable(codes::BACKEND_UNAVAILABLE, format!("the end of {} {name} was not seen", kind.word()))
                .with_source(error)
        })
    }
}

fn uid(object: &DynamicObject) -> &str {
    object.metadata.uid.as_deref().unwrap_or_default()
}

fn change(outcome: ChangeOutcome, object: &DynamicObject) -> Change {
    Change::new(outcome, version(object)).with_incarnation(Incarnation::new(uid(object)))
}

pub(crate) fn unknown(op: &Op) -> Error {
    Error::invalid(codes::OPERATION_UNKNOWN, format!("`{}` is no operation of the Kubernetes runtime", op.id))
}

fn foreign(op: &Op) -> Error {
    Error::conflict(codes::OBJECT_FOREIGN, format!("{} exists and is not Eve's", op.object))
        .with_hint("rename or remove it; Eve never touches what it did not make")
}

fn changed(op: &Op, how: &str) -> Error {
    Error::conflict(codes::OBJECT_CHANGED, format!("{} {how}", op.object)).with_hint("plan again")
}
