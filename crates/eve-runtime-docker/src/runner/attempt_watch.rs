//! Watching one attempt.

use std::time::Duration;

use eve_core::{AttemptId, AttemptState, Result, codes};

use super::docker_runner::DockerRunner;
use crate::watching::{Notes, Touched};

/// After a gap, before the next look.
const AGAIN: Duration = Duration::from_millis(200);

/// One watch of an attempt: it looks again when the engine says something of it, and when its time is up.
pub(super) struct AttemptWatch {
    runner: DockerRunner,
    id: AttemptId,
    notes: Notes,
    last: Option<AttemptState>,
    next: Next,
}

/// What a watch does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Look,
    LookSoon,
    /// Listens, and looks after that long in any case.
    Listen(Duration),
}

impl AttemptWatch {
    pub(super) fn new(runner: DockerRunner, id: AttemptId, notes: Notes) -> Self {
        Self { runner, id, notes, last: None, next: Next::Look }
    }

    /// The next state; none once it is over.
    pub(super) async fn step(mut self) -> Option<(Result<AttemptState>, Option<Self>)> {
        let name = self.runner.name(&self.id);
        loop {
            match self.next {
                Next::Look => {}
                Next::LookSoon => tokio::time::sleep(AGAIN).await,
                Next::Listen(left) => tokio::select! {
                    touched = self.notes.touched(&name) => if let Touched::Lost(gap) = touched {
                        self.next = Next::LookSoon;
                        return Some((Err(gap), Some(self)));
                    },
                    () = tokio::time::sleep(left) => {}
                },
            }
            let state = match self.runner.state(&self.id).await {
                Ok((state, left)) => {
                    self.next = Next::Listen(left.unwrap_or_default());
                    state
                }
                Err(error) if *error.code() == codes::ATTEMPT_UNKNOWN => return Some((Err(error), None)),
                Err(gap) => {
                    self.next = Next::LookSoon;
                    return Some((Err(gap), Some(self)));
                }
            };
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
