//! The memory runner.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::attempts::{Attempt, Attempts};
use super::images::MemoryImages;
use super::instance_spec::origin;
use super::runtime::MemoryRuntime;
use super::shared::Shared;
use super::task::Task;
use super::within::within;
use crate::LogRing;
use crate::{
    AttemptId, AttemptSpec, AttemptState, Change, ChangeOutcome, Env, EnvironmentId, Error, Exit, Fence, Fencing,
    LogItem, LogOptions, LogSource, OpCx, Provision, Result, Runner, Started, codes, resolve_secrets,
};
use crate::{LogReader, ShowLogs};

/// A [`Runner`] whose attempts are simulated. Clones share them.
///
/// | command line | what it does |
/// |---|---|
/// | `exit CODE` | ends with that code |
/// | `sleep MS` | ends well after that many milliseconds |
/// | `artifact NAME TEXT` | leaves a file and ends well |
/// | `print WORD...` | writes each word as a line and ends well |
#[derive(Clone)]
pub struct MemoryRunner {
    env: Arc<dyn Env>,
    images: MemoryImages,
    attempts: Arc<Shared<Attempts>>,
}

impl MemoryRunner {
    /// A runner that holds nothing.
    pub fn new(env: Arc<dyn Env>) -> Self {
        Self { env, images: MemoryImages::new(), attempts: Arc::default() }
    }

    /// Starts attempts from these images: those that are not there have to be provided first.
    pub fn with_images(mut self, images: MemoryImages) -> Self {
        self.images = images;
        self
    }

    /// Does the work of an attempt, for as long as it may take.
    async fn run(self, id: AttemptId, task: Task, timeout: Duration) {
        let takes = match &task {
            Task::Sleep(takes) => *takes,
            _ => Duration::ZERO,
        };
        if !takes.is_zero() {
            self.env.sleep(takes.min(timeout)).await;
        }
        let now = self.env.now();
        self.attempts.write(|attempts| {
            let Some(attempt) = attempts.running(&id) else { return };
            if takes > timeout {
                let why = format!("its {timeout:?} were over");
                return attempts.end(&id, Exit::Signal(SIGTERM), Some((codes::ATTEMPT_DEADLINE, why)), now);
            }
            let exit = match task {
                Task::Exit(exit) => exit,
                Task::Sleep(_) => Exit::Code(0),
                Task::Artifact(name, text) => {
                    attempt.artifacts.insert(name, Bytes::from(text));
                    Exit::Code(0)
                }
                Task::Print(lines) => {
                    for line in lines {
                        attempt.log.write(now, line);
                    }
                    Exit::Code(0)
                }
            };
            let why = (!exit.is_success()).then(|| (codes::ATTEMPT_FAILED, format!("it ended: {exit}")));
            attempts.end(&id, exit, why, now);
        });
    }

    fn state(&self, id: &AttemptId) -> Result<AttemptState> {
        let found = self.attempts.read(|attempts| attempts.held.get(id).map(|attempt| attempt.state.clone()));
        found.ok_or_else(|| unknown(id))
    }
}

#[async_trait]
impl Runner for MemoryRunner {
    async fn start(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started> {
        cx.admit()?;
        let digest = spec.digest()?;
        let there = |attempts: &mut Attempts| {
            attempts.fences.admit(&cx.environment, cx.fence)?;
            match attempts.held.get(&spec.id) {
                Some(known) if known.spec != digest => {
                    let text = format!("attempt {} is known with another spec", spec.id);
                    Err(Error::conflict(codes::ATTEMPT_CONFLICT, text))
                }
                Some(known) => Ok(Some(match known.state {
                    AttemptState::Running => Started::Adopted,
                    AttemptState::Ended { exit, .. } => Started::Ended(exit),
                })),
                None => Ok(None),
            }
        };
        if let Some(found) = self.attempts.note(there)? {
            return Ok(found);
        }
        let task = Task::read(&spec.argv)?;
        if let Some(origin) = origin(spec.artifact.as_ref(), spec.image.as_ref()) {
            self.images.check(&origin)?;
        }
        within(cx, resolve_secrets(&spec.variables, &spec.secrets, cx)).await?;
        for files in &spec.files {
            within(cx, files.read(cx)).await?;
        }
        let started = self.attempts.write(|attempts| {
            if let Some(found) = there(attempts)? {
                return Ok(found);
            }
            let attempt = Attempt {
                environment: spec.environment.clone(),
                spec: digest.clone(),
                state: AttemptState::Running,
                log: LogRing::new(LogSource::new(spec.id.as_str()), MemoryRuntime::LOG_CAPACITY),
                artifacts: BTreeMap::new(),
            };
            attempts.held.insert(spec.id.clone(), attempt);
            Ok(Started::New)
        })?;
        if started == Started::New {
            self.env.spawn(Box::pin(self.clone().run(spec.id.clone(), task, spec.timeout)));
        }
        Ok(started)
    }

    fn watch(&self, id: &AttemptId) -> BoxStream<'static, Result<AttemptState>> {
        let from = Some((self.clone(), id.clone(), self.attempts.changes(), None));
        stream::unfold(from, |from| async move {
            let (runner, id, mut changes, last) = from?;
            loop {
                changes.mark_unchanged();
                match runner.state(&id) {
                    Ok(AttemptState::Running) if last.is_some() => changes.changed().await.ok()?,
                    Ok(AttemptState::Running) => {
                        return Some((Ok(AttemptState::Running), Some((runner, id, changes, Some(())))));
                    }
                    over => return Some((over, None)),
                }
            }
        })
        .boxed()
    }

    async fn stop(&self, id: &AttemptId, cx: &OpCx) -> Result<Change> {
        let now = self.env.now();
        self.attempts.write(|attempts| {
            attempts.fences.admit(&cx.environment, cx.fence)?;
            let outcome = match attempts.held.get(id).map(|attempt| &attempt.state) {
                None => ChangeOutcome::Skipped,
                Some(AttemptState::Ended { .. }) => ChangeOutcome::Unchanged,
                Some(AttemptState::Running) => {
                    let why = (codes::CANCELLED, "it was stopped".to_owned());
                    attempts.end(id, Exit::Signal(SIGTERM), Some(why), now);
                    ChangeOutcome::Updated
                }
            };
            Ok(Change::new(outcome, attempts.version))
        })
    }

    fn logs(&self, id: &AttemptId, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        let (attempts, id) = (self.attempts.clone(), id.clone());
        let show: ShowLogs = Box::new(move |look| {
            attempts.read(|attempts| attempts.held.get(&id).into_iter().for_each(|attempt| look(&attempt.log)));
        });
        LogReader::new(show, self.attempts.change_stream(), &how).stream()
    }

    async fn artifacts(&self, id: &AttemptId) -> Result<BTreeMap<String, Bytes>> {
        let found = self.attempts.read(|attempts| attempts.held.get(id).map(|attempt| attempt.artifacts.clone()));
        found.ok_or_else(|| unknown(id))
    }

    async fn owned(&self, env: &EnvironmentId) -> Result<Vec<AttemptId>> {
        Ok(self.attempts.read(|attempts| {
            let own = attempts.held.iter().filter(|(_, attempt)| attempt.environment == *env);
            own.map(|(id, _)| id.clone()).collect()
        }))
    }

    async fn forget(&self, id: &AttemptId, cx: &OpCx) -> Result<Change> {
        self.attempts.write(|attempts| {
            attempts.fences.admit(&cx.environment, cx.fence)?;
            if attempts.running(id).is_some() {
                return Err(Error::conflict(codes::ATTEMPT_CONFLICT, format!("attempt {id} still runs"))
                    .with_hint("stop it first"));
            }
            if attempts.held.remove(id).is_none() {
                return Ok(Change::new(ChangeOutcome::Skipped, attempts.version));
            }
            attempts.version += 1;
            Ok(Change::new(ChangeOutcome::Deleted, attempts.version))
        })
    }

    fn provision(&self) -> Option<&dyn Provision<AttemptSpec>> {
        Some(self)
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        Some(self)
    }
}

#[async_trait]
impl Provision<AttemptSpec> for MemoryRunner {
    async fn provide(&self, work: &AttemptSpec, cx: &OpCx) -> Result<()> {
        let images = origin(work.artifact.as_ref(), work.image.as_ref()).into_iter().collect();
        self.images.provide(&images, cx).await
    }
}

#[async_trait]
impl Fencing for MemoryRunner {
    async fn raise(&self, env: &EnvironmentId, fence: Fence) -> Result<()> {
        self.attempts.note(|attempts| attempts.fences.admit(env, fence))
    }
}

/// The signal by which an attempt is ended.
const SIGTERM: i32 = 15;

fn unknown(id: &AttemptId) -> Error {
    Error::not_found(codes::ATTEMPT_UNKNOWN, format!("there is no attempt {id}"))
}

impl fmt::Display for MemoryRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}

impl fmt::Debug for MemoryRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempts = self.attempts.read(|attempts| attempts.held.len());
        f.debug_struct("MemoryRunner").field("attempts", &attempts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
