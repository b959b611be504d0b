//! Watching one attempt.

use std::time::Duration;

use eve_core::{AttemptId, AttemptState, EnvironmentId, Error, Result, codes, naming};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::time::{Instant, sleep_until};

use super::K8sRunner;
use super::attempt::selector;
use super::found::{Found, unknown};
use super::hold_up::{self, HoldUp};
use crate::api::Kind;
use crate::diagnosis::{CollectOptions, collect};
use crate::runtime::{K8sRuntime, Look, Looks};

/// Between two readings of the whole namespace.
const PAUSE: Duration = Duration::from_millis(250);

/// One watch of an attempt: what its Job and pod say, and what is said of them.
pub(super) struct AttemptWatch {
    runner: K8sRunner,
    id: AttemptId,
    namespace: String,
    looks: Looks,
    look: Option<Look>,
    /// When the whole namespace was read last.
    read: Option<Instant>,
    /// When it is looked again, whether something changes or not.
    again: Option<Instant>,
}

/// The states of an attempt, the last one its end.
pub(super) fn watch(runner: K8sRunner, id: AttemptId) -> BoxStream<'static, Result<AttemptState>> {
    let found = async move {
        match runner.environment_of(&id).await {
            Ok(Some(environment)) => {
                let watch = AttemptWatch::open(&runner, &environment, &id);
                stream::unfold(Some((watch, None)), |watch| async move {
                    let (watch, last) = watch?;
                    Some(watch.state_after(last).await)
                })
                .boxed()
            }
            Ok(None) => stream::iter([Err(unknown(&id))]).boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    };
    stream::once(found).flatten().boxed()
}

/// A state, and what comes after it; none once it is over.
type Step = (Result<AttemptState>, Option<(AttemptWatch, Option<AttemptState>)>);

impl AttemptWatch {
    pub(super) fn open(runner: &K8sRunner, environment: &EnvironmentId, id: &AttemptId) -> Self {
        let runtime = K8sRuntime::new(runner.config.clone(), runner.cluster.clone());
        let own = selector(&runner.config.owner, id);
        let looks = runtime.looks(environment, &[Kind::Job, Kind::Pod, Kind::Event], Some(&own));
        let (runner, id, namespace) = (runner.clone(), id.clone(), naming::namespace(environment));
        Self { runner, id, namespace, looks, look: None, read: None, again: None }
    }

    /// The attempt as it is, then again whenever something of it has changed.
    ///
    /// # Errors
    /// `attempt.unknown` once it is gone. Any other is a gap: it can be asked for more.
    pub(super) async fn next(&mut self) -> Result<Found> {
        let again = self.again.take();
        let later = async {
            match again {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            look = self.looks.next() => self.look = Some(look.ok_or_else(broken)??),
            () = later => {}
        }
        let found = self.look.as_ref().and_then(|look| self.runner.in_look(look, &self.id));
        found.ok_or_else(|| unknown(&self.id))
    }

    /// Looks at what keeps an attempt from starting, and ends it where that will not get better by itself.
    pub(super) async fn consider(&mut self, found: &Found) -> Result<()> {
        if self.look.as_ref().is_none_or(|look| !hold_up::seems(found, look.of(Kind::Event))) {
            return Ok(());
        }
        if let Some(read) = self.read.filter(|read| read.elapsed() < PAUSE) {
            self.again = Some(read + PAUSE);
            return Ok(());
        }
        let view = collect(self.runner.cluster.client(), &self.namespace, &CollectOptions::default()).await;
        self.read = Some(Instant::now());
        match hold_up::judge(found, &view) {
            HoldUp::Final(finding) => self.runner.block(&found.attempt, &finding).await,
            HoldUp::ForNow(pause) => {
                self.again = Some(Instant::now() + pause.max(PAUSE));
                Ok(())
            }
        }
    }

    /// The next state that is another one than the last.
    async fn state_after(mut self, last: Option<AttemptState>) -> Step {
        loop {
            let found = match self.next().await {
                Ok(found) => found,
                Err(gone) if *gone.code() == codes::ATTEMPT_UNKNOWN => return (Err(gone), None),
                Err(gap) => return (Err(gap), Some((self, last))),
            };
            let state = self.runner.state(&found).await;
            if matches!(state, AttemptState::Ended { .. }) {
                return (Ok(state), None);
            }
            if let Err(gap) = self.consider(&found).await {
                return (Err(gap), Some((self, last)));
            }
            if last.as_ref() != Some(&state) {
                return (Ok(state.clone()), Some((self, Some(state))));
            }
        }
    }
}

fn broken() -> Error {
    Error::unavailable(codes::BACKEND_UNAVAILABLE, "the cluster broke off a watch")
}
