//! Backends that note how they are called.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::memory::{MemoryBuilder, MemoryRunner};
use eve_core::{
    Artifact, ArtifactStore, AttemptId, AttemptSpec, AttemptState, BuildCx, BuildRequest, Builder, Change,
    EnvironmentId, Error, Fence, Fencing, LogItem, LogOptions, OpCx, Result, RetryClass, Runner, Started, codes,
};
use futures_util::stream::{self, BoxStream, StreamExt as _};

/// A builder that notes what it built.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrackedBuilder {
    pub(crate) inner: MemoryBuilder,
    built: Arc<Mutex<Vec<String>>>,
}

impl TrackedBuilder {
    pub(crate) fn built(&self) -> Vec<String> {
        self.built.lock().unwrap().clone()
    }
}

#[async_trait]
impl Builder for TrackedBuilder {
    async fn build(&self, request: &BuildRequest, cx: &BuildCx) -> Result<Artifact> {
        self.built.lock().unwrap().push(request.service.to_string());
        self.inner.build(request, cx).await
    }

    fn artifacts(&self) -> Option<&dyn ArtifactStore> {
        self.inner.artifacts()
    }
}

impl fmt::Display for TrackedBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tracked")
    }
}

/// A runner that notes what it started and with which answer.
#[derive(Debug, Clone)]
pub(crate) struct TrackedRunner {
    inner: MemoryRunner,
    state: Arc<Mutex<Noted>>,
}

#[derive(Debug, Default)]
struct Noted {
    started: Vec<(AttemptSpec, Started)>,
    /// What else it was asked, in order.
    asked: Vec<&'static str>,
    /// How many answers to starting are still lost.
    lose_answers: u32,
    /// What raising the fence answers next.
    refusals: Vec<Error>,
    /// Whether failures are ones that trying again helps against.
    for_good: bool,
    /// Whether logs and raised tokens are never answered.
    hangs: bool,
}

impl TrackedRunner {
    pub(crate) fn new(inner: MemoryRunner) -> Self {
        Self { inner, state: Arc::default() }
    }

    /// The attempts that were started, with what the runner answered.
    pub(crate) fn started(&self) -> Vec<(String, Started)> {
        let state = self.state.lock().unwrap();
        state.started.iter().map(|(spec, started)| (spec.id.to_string(), *started)).collect()
    }

    pub(crate) fn specs(&self) -> Vec<AttemptSpec> {
        self.state.lock().unwrap().started.iter().map(|(spec, _)| spec.clone()).collect()
    }

    /// Loses the answers to the next calls of `start`; what they do is done.
    pub(crate) fn lose_answers(&self, count: u32) {
        self.state.lock().unwrap().lose_answers = count;
    }

    /// What it was asked about the environment and its holder, in order.
    pub(crate) fn asked(&self) -> Vec<&'static str> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Answers the next tokens that are raised with these errors, the last one first.
    pub(crate) fn refuse_tokens(&self, refusals: Vec<Error>) {
        self.state.lock().unwrap().refusals = refusals;
    }

    /// From now on failures are of a class that trying again does not help against.
    pub(crate) fn fail_for_good(&self) {
        self.state.lock().unwrap().for_good = true;
    }

    /// Answers neither logs nor tokens that are raised, or does so again.
    pub(crate) fn hang(&self, hangs: bool) {
        self.state.lock().unwrap().hangs = hangs;
    }
}

#[async_trait]
impl Runner for TrackedRunner {
    async fn start(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started> {
        let started = self.inner.start(spec, cx).await?;
        let mut state = self.state.lock().unwrap();
        state.started.push((spec.clone(), started));
        if state.lose_answers > 0 {
            state.lose_answers -= 1;
            return Err(Error::unavailable(codes::BACKEND_UNAVAILABLE, "the answer was lost"));
        }
        Ok(started)
    }

    fn watch(&self, id: &AttemptId) -> BoxStream<'static, Result<AttemptState>> {
        let for_good = self.state.lock().unwrap().for_good;
        let classed = move |state: Result<AttemptState>| match state {
            Ok(AttemptState::Ended { exit, finding: Some(mut finding) }) if for_good => {
                finding.retry = RetryClass::Never;
                Ok(AttemptState::Ended { exit, finding: Some(finding) })
            }
            other => other,
        };
        self.inner.watch(id).map(classed).boxed()
    }

    async fn stop(&self, id: &AttemptId, cx: &OpCx) -> Result<Change> {
        self.inner.stop(id, cx).await
    }

    fn logs(&self, id: &AttemptId, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        if self.state.lock().unwrap().hangs {
            return stream::pending().boxed();
        }
        self.inner.logs(id, how)
    }

    async fn artifacts(&self, id: &AttemptId) -> Result<BTreeMap<String, Bytes>> {
        self.inner.artifacts(id).await
    }

    async fn owned(&self, env: &EnvironmentId) -> Result<Vec<AttemptId>> {
        self.state.lock().unwrap().asked.push("owned");
        self.inner.owned(env).await
    }

    async fn forget(&self, id: &AttemptId, cx: &OpCx) -> Result<Change> {
        self.inner.forget(id, cx).await
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        Some(self)
    }
}

#[async_trait]
impl Fencing for TrackedRunner {
    async fn raise(&self, env: &EnvironmentId, fence: Fence) -> Result<()> {
        let (refusal, hangs) = {
            let mut state = self.state.lock().unwrap();
            state.asked.push("raise");
            (state.refusals.pop(), state.hangs)
        };
        if hangs {
            return std::future::pending().await;
        }
        match refusal {
            Some(error) => Err(error),
            None => self.inner.fencing().unwrap().raise(env, fence).await,
        }
    }
}

impl fmt::Display for TrackedRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tracked")
    }
}
