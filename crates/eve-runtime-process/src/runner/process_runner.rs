//! The runner.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{
    AttemptId, AttemptSpec, AttemptState, Body, Change, ChangeOutcome, EnvironmentId, Error, Fence, Fencing, LogItem,
    LogOptions, OpCx, Provision, Result, Runner, Secret, Started, codes,
};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::artifacts;
use super::attempt::{Attempt, exit};
use crate::config::ProcessConfig;
use crate::processes::{ChildHolder, ChildId, ChildSpec, ChildState, ChildStatus, Mandate, Remains};
use crate::state_dir::StateDir;
use crate::workload;

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
    holder: Arc<dyn ChildHolder>,
}

impl ProcessRunner {
    /// How long an attempt that is stopped may take to end.
    const GRACE: Duration = Duration::from_secs(5);
    /// The folder of what an attempt leaves, in its own.
    const LEFT: &str = "artifacts";

    pub(crate) fn new(config: Arc<ProcessConfig>, state: Arc<StateDir>, holder: Arc<dyn ChildHolder>) -> Self {
        Self { config, state, holder }
    }

    async fn find(&self, id: &AttemptId) -> Result<Option<(ChildId, Attempt, ChildStatus)>> {
        let child = Attempt::child(id)?;
        let status = self.holder.status(&child).await?;
        Ok(status.and_then(|status| Some((child, Attempt::of(&status)?, status))))
    }

    async fn known(&self, id: &AttemptId) -> Result<(ChildId, Attempt, ChildStatus)> {
        let found = self.find(id).await?;
        found.ok_or_else(|| Error::not_found(codes::ATTEMPT_UNKNOWN, format!("attempt {id} is not held here")))
    }

    async fn child_spec(&self, id: ChildId, attempt: &Attempt, spec: &AttemptSpec, cx: &OpCx) -> Result<ChildSpec> {
        if let Some(image) = &spec.image {
            let text = format!("{} is image `{image}`, and images cannot run as processes", spec.name);
            return Err(
                Error::invalid(codes::PLAN_REFUSED, text).with_hint("give it a build, or a runner that runs images")
            );
        }
        if !spec.files.is_empty() {
            let text = format!("{} needs files, and a process has no file system of its own to put them in", spec.name);
            return Err(Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text)
                .with_hint("give it a runner that runs containers, or bring them with its build"));
        }
        let directory = match &spec.artifact {
            Some(artifact) => Some(workload::directory(&self.state, artifact, spec.working_dir.as_deref())?),
            None if spec.working_dir.is_none() => None,
            None => {
                let text = format!("{} names a working folder and has no artifact", spec.name);
                return Err(Error::invalid(codes::PLAN_REFUSED, text));
            }
        };
        let mut environment = workload::environment(&self.config, &spec.variables, &spec.secrets, cx).await?;
        let folder = self.state.path(id.as_str()).join(Self::LEFT);
        environment.set(ARTIFACTS, Secret::new(folder.to_string_lossy()));
        let about = Body::of(attempt)?;
        let mut child = ChildSpec::new(id, about, attempt.source(), spec.argv.clone(), environment);
        child.directory = directory;
        child.folders = vec![Self::LEFT.to_owned()];
        child.timeout = Some(spec.timeout);
        child.memory = spec.resources.limits.memory;
        Ok(child)
    }

    async fn start_now(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started> {
        cx.admit()?;
        let under = Mandate::of(cx);
        self.holder.raise(&under).await?;
        let attempt = Attempt::new(spec)?;
        let id = Attempt::child(&spec.id)?;
        if let Some((_, known, status)) = self.find(&spec.id).await? {
            return found(&attempt, &known, &status);
        }
        let preparing = self.child_spec(id.clone(), &attempt, spec, cx);
        let child = tokio::select! {
            child = cx.deadline.limit(&*cx.env, "the secrets of an attempt", preparing) => child??,
            () = cx.cancel.cancelled() => return Err(eve_core::Cancel::error()),
        };
        let begun = self.holder.start(child, &under).await?;
        if let ChildState::CannotStart { why } = &begun.status.state {
            self.holder.release(&id, Remains::Removed, &under).await?;
            let text = format!("{} cannot be started: {why}", spec.name);
            return Err(Error::failed(codes::WORKLOAD_CANNOT_START, text)
                .with_hint("check the command; programs are searched in the runner's own search path"));
        }
        match Attempt::of(&begun.status).filter(|_| !begun.new) {
            Some(known) => found(&attempt, &known, &begun.status),
            None => Ok(Started::New),
        }
    }
}

/// What it means that an attempt is there already.
///
/// # Errors
/// `attempt.conflict` if it was started with another spec.
fn found(asked: &Attempt, known: &Attempt, status: &ChildStatus) -> Result<Started> {
    if known.digest != asked.digest {
        let text = format!("attempt {} exists with another spec", asked.id);
        return Err(Error::conflict(codes::ATTEMPT_CONFLICT, text));
    }
    Ok(exit(status).map_or(Started::Adopted, Started::Ended))
}

#[async_trait]
impl Runner for ProcessRunner {
    async fn start(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started> {
        let (this, spec, cx) = (self.clone(), spec.clone(), cx.clone());
        let id = spec.id.clone();
        // In a task of its own: who stops waiting must not leave half an attempt.
        let starting = async move {
            cx.deadline.limit(&*cx.env, &format!("the start of {}", spec.name), this.start_now(&spec, &cx)).await?
        };
        tokio::spawn(starting).await.map_err(|e| {
            Error::internal(codes::INTERNAL_INVARIANT, format!("the start of attempt {id} broke off")).with_source(e)
        })?
    }

    fn watch(&self, id: &AttemptId) -> BoxStream<'static, Result<AttemptState>> {
        // Several changes at once are one look.
        const AT_ONCE: usize = 64;
        let changes = self.holder.watch().ready_chunks(AT_ONCE);
        stream::unfold(Some((self.clone(), id.clone(), changes, None)), |walk| async move {
            let (this, id, mut changes, last): (Self, AttemptId, _, Option<AttemptState>) = walk?;
            loop {
                let known = match changes.next().await?.into_iter().find(Result::is_err) {
                    Some(Err(gap)) => Err(gap),
                    _ => this.known(&id).await,
                };
                let state = match known {
                    Ok((_, attempt, status)) => attempt.state(&status),
                    Err(e) if *e.code() == codes::ATTEMPT_UNKNOWN => return Some((Err(e), None)),
                    Err(gap) => return Some((Err(gap), Some((this, id, changes, None)))),
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
        let under = Mandate::of(cx);
        self.holder.raise(&under).await?;
        let Some((child, _, status)) = self.find(id).await? else { return Ok(Change::new(ChangeOutcome::Skipped, 0)) };
        if exit(&status).is_some() {
            return Ok(Change::new(ChangeOutcome::Unchanged, status.version));
        }
        // What is killed also needs a moment to be gone.
        let most = cx.deadline.remaining(&*cx.env).saturating_sub(Duration::from_secs(1));
        let end = self.holder.stop(&child, Self::GRACE.min(most), &under);
        let ended = cx.deadline.limit(&*cx.env, &format!("the end of attempt {id}"), end).await??;
        let version = ended.map_or(status.version, |status| status.version);
        Ok(Change::new(ChangeOutcome::Deleted, version))
    }

    fn logs(&self, id: &AttemptId, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        let (this, id) = (self.clone(), id.clone());
        let found = async move {
            match this.known(&id).await {
                Ok((child, ..)) => this.holder.logs(&child, &how),
                Err(e) => stream::iter([Err(e)]).boxed(),
            }
        };
        stream::once(found).flatten().boxed()
    }

    async fn artifacts(&self, id: &AttemptId) -> Result<BTreeMap<String, Bytes>> {
        let (child, ..) = self.known(id).await?;
        let folder = self.state.path(child.as_str()).join(Self::LEFT);
        tokio::task::spawn_blocking(move || artifacts::collect(&folder)).await.map_err(|e| {
            Error::internal(codes::INTERNAL_INVARIANT, format!("reading the files of attempt {id} broke off"))
                .with_source(e)
        })?
    }

    async fn owned(&self, env: &EnvironmentId) -> Result<Vec<AttemptId>> {
        let statuses = self.holder.list(Attempt::FOLDER).await?;
        let attempts = statuses.iter().filter_map(Attempt::of);
        Ok(attempts.filter(|attempt| attempt.environment == *env).map(|attempt| attempt.id).collect())
    }

    async fn forget(&self, id: &AttemptId, cx: &OpCx) -> Result<Change> {
        let under = Mandate::of(cx);
        self.holder.raise(&under).await?;
        let Some((child, _, status)) = self.find(id).await? else { return Ok(Change::new(ChangeOutcome::Skipped, 0)) };
        if exit(&status).is_none() {
            return Err(
                Error::conflict(codes::ATTEMPT_CONFLICT, format!("attempt {id} still runs")).with_hint("stop it first")
            );
        }
        let gone = self.holder.release(&child, Remains::Removed, &under).await?;
        let outcome = if gone { ChangeOutcome::Deleted } else { ChangeOutcome::Skipped };
        Ok(Change::new(outcome, status.version))
    }

    fn provision(&self) -> Option<&dyn Provision<AttemptSpec>> {
        Some(self)
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        Some(self)
    }
}

#[async_trait]
impl Provision<AttemptSpec> for ProcessRunner {
    async fn provide(&self, work: &AttemptSpec, cx: &OpCx) -> Result<()> {
        cx.admit()?;
        work.artifact.as_ref().map_or(Ok(()), |artifact| workload::root(&self.state, artifact).map(drop))
    }
}

#[async_trait]
impl Fencing for ProcessRunner {
    async fn raise(&self, env: &EnvironmentId, fence: Fence) -> Result<()> {
        self.holder.raise(&Mandate::new(env.clone(), fence)).await
    }
}

impl fmt::Display for ProcessRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "processes in {}", self.config.dir.display())
    }
}
