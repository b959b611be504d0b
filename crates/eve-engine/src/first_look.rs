//! What is there, asked for as soon as the environment is held.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eve_core::{Env, EnvironmentId, Monotonic, Observed, Result};
use tokio::sync::oneshot;

use crate::parts::Parts;

/// How long what was seen may wait for the plan that is made from it.
const FRESH: Duration = Duration::from_secs(1);

/// What is there, asked for as soon as the environment is held: the backend answers while the beginning of the
/// run is journaled.
///
/// It stands for the observation that the run's first plan begins with, and for no other one; only a run that does
/// nothing before that plan has it.
#[derive(Debug)]
pub(crate) struct FirstLook {
    env: Arc<dyn Env>,
    answer: Mutex<Option<oneshot::Receiver<Answer>>>,
}

/// What was seen, and when.
#[derive(Debug)]
struct Answer {
    seen: Result<Observed>,
    at: Monotonic,
}

impl FirstLook {
    /// Begins to look.
    pub(crate) fn begin(parts: &Parts, environment: EnvironmentId) -> Self {
        let (tell, answer) = oneshot::channel();
        let (env, runtime) = (Arc::clone(&parts.env), Arc::clone(&parts.runtime));
        parts.env.spawn(Box::pin(async move {
            let seen = runtime.observe(&environment).await;
            let _ = tell.send(Answer { seen, at: env.monotonic() });
        }));
        Self { env: Arc::clone(&parts.env), answer: Mutex::new(Some(answer)) }
    }

    /// What was seen, once. None where it has to be looked at again: it was taken, is too old, or could not be seen.
    pub(crate) async fn take(&self) -> Option<Observed> {
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let Answer { seen, at } = answer.await.ok()?;
        let is_fresh = self.env.monotonic().since(at) <= FRESH;
        seen.ok().filter(|_| is_fresh)
    }
}
