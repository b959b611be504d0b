//! What every part of a run shares.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eve_core::{
    Bound, Cancel, Deadline, EnvironmentId, Observed, OpCx, OpId, Progress, ProgressEvent, ProgressStatus, Provision,
    Result, SecretResolver,
};

use crate::files::KeptFiles;
use crate::keeper::Keeper;
use crate::parts::Parts;
use crate::patience::Patience;
use crate::writer::Writer;
use crate::{EnvironmentSecrets, Preparation, planner};

/// What every part of a run shares.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) parts: Parts,
    pub(crate) environment: EnvironmentId,
    pub(crate) keeper: Keeper,
    pub(crate) writer: Writer,
    pub(crate) cancel: Cancel,
    pub(crate) progress: Progress,
    /// What the next piece of progress is part of.
    pub(crate) parent: String,
}

impl Scope {
    /// The same, below a piece of progress of its own.
    pub(crate) fn below(&self, parent: String) -> Self {
        Self { parent, ..self.clone() }
    }

    /// The same, for work that goes on although the run was cancelled.
    pub(crate) fn uncancelled(&self) -> Self {
        Self { cancel: Cancel::new(), ..self.clone() }
    }

    /// The id of a piece of progress below this one.
    pub(crate) fn child_id(&self, name: &str) -> String {
        format!("{}/{name}", self.parent)
    }

    /// Says how a piece of progress below this one is.
    pub(crate) fn say(&self, name: &str, status: ProgressStatus, text: impl FnOnce() -> String) {
        self.progress.say(|| ProgressEvent::new(self.child_id(name), status, text()).with_parent(self.parent.clone()));
    }

    /// The context of an operation.
    pub(crate) fn op(&self, operation: OpId, within: Duration, cancel: &Cancel) -> OpCx {
        let env = Arc::clone(&self.parts.env);
        let deadline = Deadline::after(&*env, within);
        OpCx::new(env, self.environment.clone(), operation, self.keeper.fence(), deadline)
            .with_secrets(self.secrets())
            .with_files(Arc::new(KeptFiles(Arc::clone(&self.parts.blobs))))
            .with_policy(Arc::clone(&self.parts.settings.policy))
            .with_cancel(cancel.clone())
            .with_progress(self.progress.clone())
    }

    /// Asks backends again until somebody cancels.
    pub(crate) fn patience(&self, cancel: &Cancel) -> Patience<'_> {
        Patience::of(&self.parts, &self.keeper).until_cancelled(cancel)
    }

    /// Plans the way to a target state from what is there now.
    ///
    /// # Errors
    /// As [`planner::prepare`].
    pub(crate) async fn prepare(&self, bound: &Bound) -> Result<Preparation> {
        self.prepare_from(None, bound).await
    }

    /// As [`prepare`](Self::prepare), from what was seen a moment ago.
    pub(crate) async fn prepare_from(&self, seen: Option<Observed>, bound: &Bound) -> Result<Preparation> {
        let seen = Mutex::new(seen);
        let once = || seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.patience(&self.cancel).ask("planning", || planner::prepare(&self.parts, bound.clone(), once())).await
    }

    /// Gets what work needs, no longer than `within`, or than such things may take at all.
    ///
    /// # Errors
    /// As [`Provision::provide`]; `lease.lost`.
    pub(crate) async fn provide<W: Sync + ?Sized>(
        &self,
        backend: &dyn Provision<W>,
        work: &W,
        within: Option<Duration>,
    ) -> Result<()> {
        let longest = self.parts.settings.provision;
        let within = within.map_or(longest, |within| within.min(longest));
        let cx = self.op(OpId::new("provision"), within, &self.cancel).with_progress(self.told_below());
        let patience = self.patience(&self.cancel);
        tokio::select! {
            biased;
            lost = self.keeper.lost() => Err(lost),
            provided = patience.ask(&cx.operation, || backend.provide(work, &cx)) => provided,
        }
    }

    /// Progress of something that knows nothing of this run, as a part of it.
    fn told_below(&self) -> Progress {
        let (said, parent) = (self.progress.clone(), self.parent.clone());
        Progress::to(move |event| {
            let mut event = event.with_parent(parent.clone());
            event.id = format!("{parent}/{}", event.id);
            said.say(|| event);
        })
    }

    fn secrets(&self) -> Arc<dyn SecretResolver> {
        Arc::new(EnvironmentSecrets::new(Arc::clone(&self.parts.secrets), self.environment.clone()))
    }
}
