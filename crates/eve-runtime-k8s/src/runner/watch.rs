//! Watching one attempt.

use eve_core::{AttemptId, AttemptState, Result};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::k8s_runner::{K8sRunner, unknown};
use crate::api::Kind;
use crate::runtime::{K8sRuntime, Look, Looks};

/// One watch of an attempt: what its Job and pod say, until it is over.
pub(super) struct AttemptWatch {
    runner: K8sRunner,
    id: AttemptId,
    looks: Looks,
    last: Option<AttemptState>,
}

/// The states of an attempt, the last one its end.
pub(super) fn watch(runner: K8sRunner, id: AttemptId) -> BoxStream<'static, Result<AttemptState>> {
    let found = async move {
        match runner.known(&id).await {
            Ok(found) => {
                let runtime = K8sRuntime::new(runner.config.clone(), runner.cluster.clone());
                let looks = runtime.looks(&found.attempt.environment, &[Kind::Job, Kind::Pod]);
                let watch = AttemptWatch { runner, id, looks, last: None };
                stream::unfold(Some(watch), |watch| async move { watch?.step().await }).boxed()
            }
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    };
    stream::once(found).flatten().boxed()
}

impl AttemptWatch {
    /// The next state; none once it is over.
    async fn step(mut self) -> Option<(Result<AttemptState>, Option<Self>)> {
        loop {
            let look: Look = match self.looks.next().await? {
                Ok(look) => look,
                Err(gap) => return Some((Err(gap), Some(self))),
            };
            let Some(found) = self.runner.in_look(&look, &self.id) else {
                let gone = unknown(&self.id);
                return Some((Err(gone), None));
            };
            let state = self.runner.state(&found).await;
            if matches!(state, AttemptState::Ended { .. }) {
                return Some((Ok(state), None));
            }
            if self.last.as_ref() != Some(&state) {
                self.last = Some(state.clone());
                return Some((Ok(state), Some(self)));
            }
        }
    }
}
