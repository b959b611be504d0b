//! The runner.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{
    AttemptId, AttemptSpec, AttemptState, Body, Change, ChangeOutcome, EnvironmentId, Error, LogItem, LogOptions, OpCx,
    Result, Runner, Secret, Started, codes,
};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::Mutex;

use super::artifacts;
use super::attempt::{Attempt, exit};
use crate::config::ProcessConfig;
use crate::processes::{ChildId, ChildSpec, ChildState, ChildStatus, Children, Environment, Record};
use crate::state_dir::{StateDir, io_error, make_dir};
use crate::{clock, workload};

/// The variable that names the folder for an attempt's files.
pub(crate) const ARTIFACTS: &str = "EVE_ARTIFACTS";

/// Runs attempts as processes of this machine.
///
/// An attempt without an artifact starts in an empty folder of its own. One that a former holder
/// started and that still runs is adopted; how it ends can then not be seen, and is reported as lost.
#[derive(Debug, Clone)]
pub struct ProcessRunner {
    config: Arc<ProcessConfig>,
    state: Arc<StateDir>,
    children: Children,
    /// Held while an attempt is started or forgotten: the same one twice at once starts once.
    changing: Arc<Mutex<()>>,
}

impl ProcessRunner {
    /// How long an attempt that is stopped may take to end.
    const GRACE: Duration = Duration::from_secs(5);

    pub(crate) fn new(config: Arc<ProcessConfig>, state: Arc<StateDir>, children: Children) -> Self {
        Self { config, state, children, changing: Arc::default() }
    }

    /// Takes over the attempts of a former holder, ended ones included.
    ///
    /// # Errors
    /// `state.io`.
    pub(crate) fn adopt(state: &StateDir, children: &Children) -> Result<()> {
        for folder in state.folders(Attempt::FOLDER) {
            if let Err(error) = children.adopt(&folder, watched) {
                if *error.code() != codes::STATE_UNREADABLE {
                    return Err(error);
                }
                tracing::warn!(folder = %folder.display(), %error, "an attempt's record is damaged; it is left alone");
            }
        }
        Ok(())
    }

    fn find(&self, id: &AttemptId) -> Result<Option<(ChildId, Attempt, ChildStatus)>> {
        let child = Attempt::child(id)?;
        let status = self.children.status(&child);
        Ok(status.and_then(|status| Some((child, Attempt::of(&status)?, status))))
    }

    fn known(&self, id: &AttemptId) -> Result<(ChildId, Attempt, ChildStatus)> {
        self.find(id)?.ok_or_else(|| Error::not_found(codes::ATTEMPT_UNKNOWN, format!("attempt {id} is not held here")))
    }

    async fn child_spec(&self, id: ChildId, attempt: &Attempt, spec: &AttemptSpec, cx: &OpCx) -> Result<ChildSpec> {
        if let Some(image) = &spec.image {
            let text = format!("{} is image `{image}`, and images cannot run as processes", spec.name);
            return Err(
                Error::invalid(codes::PLAN_REFUSED, text).with_hint("give it a build, or a runner that runs images")
            );
        }
        let directory = match &spec.artifact {
            Some(artifact) => Some(workload::directory(&self.state, artifact, spec.working_dir.as_deref())?),
            None if spec.working_dir.is_none() => None,
            None => {
                let text = format!("{} names a working folder and has no artifact", spec.name);
                return Err(Error::invalid(codes::PLAN_REFUSED, text));
            }
        };
        let (mut environment, redact) = workload::environment(&self.config, &spec.variables, &spec.secrets, cx).await?;
        let folder = self.state.path(id.as_str()).join("artifacts");
        environment.set(ARTIFACTS, Secret::new(folder.to_string_lossy()));
        let about = Body::of(attempt)?;
        let mut child = ChildSpec::new(id, about, attempt.source(), spec.argv.clone(), environment);
        child.directory = directory;
        child.redact = redact;
        child.timeout = Some(spec.timeout);
        child.memory = spec.resources.limits.memory;
        Ok(child)
    }

    async fn start_now(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started> {
        let attempt = Attempt::new(spec)?;
        let id = Attempt::child(&spec.id)?;
        let _one_at_a_time = self.changing.lock().await;
        if let Some((_, known, status)) = self.find(&spec.id)? {
            if known.digest != attempt.digest {
                let text = format!("attempt {} exists with another spec", spec.id);
                return Err(Error::conflict(codes::ATTEMPT_CONFLICT, text));
            }
            return Ok(exit(&status).map_or(Started::Adopted, Started::Ended));
        }
        cx.cancel.check()?;
        let preparing = self.child_spec(id.clone(), &attempt, spec, cx);
        let child = tokio::select! {
            child = cx.deadline.limit(&*cx.env, "the secrets of an attempt", preparing) => child??,
            () = cx.cancel.cancelled() => return Err(eve_core::Cancel::error()),
        };
        let folder = self.state.path(id.as_str()).join("artifacts");
        make_dir(&folder).map_err(|e| io_error("make", &folder, e))?;
        let status = self.children.start(child).await?;
        let ChildState::CannotStart { why } = status.state else { return Ok(Started::New) };
        self.remove(&id).await?;
        Err(Error::failed(codes::WORKLOAD_CANNOT_START, format!("{} cannot be started: {why}", spec.name))
            .with_hint("check the command; programs are searched in the runner's own search path"))
    }

    /// Lets go of an attempt and removes what is stored of it.
    async fn remove(&self, id: &ChildId) -> Result<()> {
        self.children.release(id);
        let folder = self.state.path(id.as_str());
        let shown = folder.clone();
        match tokio::task::spawn_blocking(move || fs::remove_dir_all(folder)).await {
            Ok(Err(e)) if e.kind() != std::io::ErrorKind::NotFound => Err(io_error("remove", &shown, e)),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Runner for ProcessRunner {
    async fn start(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started> {
        let (this, spec, cx) = (self.clone(), spec.clone(), cx.clone());
        let id = spec.id.clone();
        // In a task of its own: who stops waiting must not leave half an attempt.
        tokio::spawn(async move { this.start_now(&spec, &cx).await }).await.map_err(|e| {
            Error::internal(codes::INTERNAL_INVARIANT, format!("the start of attempt {id} broke off")).with_source(e)
        })?
    }

    fn watch(&self, id: &AttemptId) -> BoxStream<'static, Result<AttemptState>> {
        let (this, id, changes) = (self.clone(), id.clone(), self.children.watch());
        stream::unfold(Some((this, id, changes, None)), |walk| async move {
            let (this, id, mut changes, last): (Self, AttemptId, _, Option<AttemptState>) = walk?;
            loop {
                if last.is_some() {
                    // The sender lives in `this`.
                    changes.changed().await.ok()?;
                }
                changes.borrow_and_update();
                let state = match this.known(&id) {
                    Ok((_, attempt, status)) => attempt.state(&status),
                    Err(e) => return Some((Err(e), None)),
                };
                if matches!(state, AttemptState::Ended { .. }) {
                    return Some((Ok(state), None));
                }
                if last.as_ref() != Some(&state) {
                    return Some((Ok(state.clone()), Some((this, id, changes, Some(state)))));
                }
            }
        })
        .boxed()
    }

    async fn stop(&self, id: &AttemptId, cx: &OpCx) -> Result<Change> {
        let Some((child, _, status)) = self.find(id)? else {
            return Ok(Change::new(ChangeOutcome::Skipped, *self.children.watch().borrow()));
        };
        if exit(&status).is_some() {
            return Ok(Change::new(ChangeOutcome::Unchanged, status.version));
        }
        // What is killed also needs a moment to be gone.
        let most = cx.deadline.remaining(&*cx.env).saturating_sub(Duration::from_secs(1));
        let end = self.children.stop(&child, Self::GRACE.min(most));
        let ended = cx.deadline.limit(&*cx.env, &format!("the end of attempt {id}"), end).await?;
        let version = ended.map_or(status.version, |status| status.version);
        Ok(Change::new(ChangeOutcome::Deleted, version))
    }

    fn logs(&self, id: &AttemptId, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        let found = self.known(id).map(|(child, ..)| self.children.logs(&child, &how));
        match found {
            Ok(Some(lines)) => lines,
            Ok(None) => stream::empty().boxed(),
            Err(e) => stream::iter([Err(e)]).boxed(),
        }
    }

    async fn artifacts(&self, id: &AttemptId) -> Result<BTreeMap<String, Bytes>> {
        let (child, ..) = self.known(id)?;
        let folder = self.state.path(child.as_str()).join("artifacts");
        tokio::task::spawn_blocking(move || artifacts::collect(&folder)).await.map_err(|e| {
            Error::internal(codes::INTERNAL_INVARIANT, format!("reading the files of attempt {id} broke off"))
                .with_source(e)
        })?
    }

    async fn owned(&self, env: &EnvironmentId) -> Result<Vec<AttemptId>> {
        let attempts = self.children.list().into_iter().filter_map(|status| Attempt::of(&status));
        Ok(attempts.filter(|attempt| attempt.environment == *env).map(|attempt| attempt.id).collect())
    }

    async fn forget(&self, id: &AttemptId) -> Result<Change> {
        let _one_at_a_time = self.changing.lock().await;
        let Some((child, _, status)) = self.find(id)? else {
            return Ok(Change::new(ChangeOutcome::Skipped, *self.children.watch().borrow()));
        };
        if exit(&status).is_none() {
            return Err(
                Error::conflict(codes::ATTEMPT_CONFLICT, format!("attempt {id} still runs")).with_hint("stop it first")
            );
        }
        self.remove(&child).await?;
        Ok(Change::new(ChangeOutcome::Deleted, *self.children.watch().borrow()))
    }
}

impl fmt::Display for ProcessRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "processes in {}", self.config.dir.display())
    }
}

/// What is needed to stay with an attempt that a former holder started: the rest of its time.
fn watched(record: &Record) -> Option<ChildSpec> {
    let attempt: Attempt = record.about.decode().ok()?;
    let nothing = Environment::new("");
    let mut spec = ChildSpec::new(record.id.clone(), record.about.clone(), record.source.clone(), Vec::new(), nothing);
    spec.timeout = Some(attempt.timeout.saturating_sub(clock::now().since(record.started)));
    Some(spec)
}
