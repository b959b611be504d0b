//! The state of a run's steps, as a pure fold.

use serde::{Deserialize, Serialize};

use super::{Dag, Pipeline};
use crate::{Error, Result, codes};

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepState {
    /// It waits for others.
    Pending,
    /// It runs.
    Running,
    /// It succeeded.
    Succeeded,
    /// It was not needed: a promotion brings its result along.
    Skipped,
    /// It failed.
    Failed,
    /// It was cancelled, or a step that it waits for did not succeed.
    Cancelled,
}

impl StepState {
    /// True if it stays as it is.
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }

    /// True if those who wait for it may start.
    pub fn satisfies(self) -> bool {
        matches!(self, Self::Succeeded | Self::Skipped)
    }
}

/// The steps of one run.
#[derive(Debug, Clone)]
pub struct Steps {
    dag: Dag,
    states: Vec<StepState>,
}

impl Steps {
    /// All steps of a pipeline, pending.
    ///
    /// # Errors
    /// As [`Dag::new`].
    pub fn new(pipeline: &Pipeline) -> Result<Self> {
        let dag = Dag::new(&pipeline.steps)?;
        let states = vec![StepState::Pending; dag.len()];
        Ok(Self { dag, states })
    }

    /// Where a step stands.
    pub fn state(&self, step: usize) -> StepState {
        self.states[step]
    }

    /// The steps that may start now, in the order in which they are written.
    pub fn ready(&self) -> Vec<usize> {
        (0..self.dag.len())
            .filter(|i| self.states[*i] == StepState::Pending)
            .filter(|i| self.dag.needs(*i).iter().all(|n| self.states[*n].satisfies()))
            .collect()
    }

    /// Moves a step. A step that did not succeed cancels everything that waits for it, however far
    /// away; those are returned. Steps that do not wait for it go on.
    ///
    /// # Errors
    /// `internal.invariant` for a move that the states do not know: out of a terminal state, or
    /// back.
    pub fn advance(&mut self, step: usize, to: StepState) -> Result<Vec<usize>> {
        use StepState::{Cancelled, Failed, Pending, Running, Skipped, Succeeded};
        let legal = matches!(
            (self.states[step], to),
            (Pending, Running | Skipped | Cancelled) | (Running, Succeeded | Failed | Cancelled)
        );
        if !legal {
            let text = format!("a step cannot go from {:?} to {to:?}", self.states[step]);
            return Err(Error::internal(codes::INTERNAL_INVARIANT, text));
        }
        self.states[step] = to;
        let mut cancelled = Vec::new();
        if matches!(to, Failed | Cancelled) {
            let mut open = vec![step];
            while let Some(at) = open.pop() {
                for &next in self.dag.dependents(at) {
                    if self.states[next] == Pending {
                        self.states[next] = Cancelled;
                        cancelled.push(next);
                        open.push(next);
                    }
                }
            }
        }
        Ok(cancelled)
    }

    /// True if no step will move any more.
    pub fn is_over(&self) -> bool {
        self.states.iter().all(|s| s.is_terminal())
    }

    /// How the run ended as a whole; none while it goes on. Failed outweighs cancelled.
    pub fn outcome(&self) -> Option<StepState> {
        if !self.is_over() {
            return None;
        }
        let any = |state| self.states.contains(&state);
        Some(if any(StepState::Failed) {
            StepState::Failed
        } else if any(StepState::Cancelled) {
            StepState::Cancelled
        } else {
            StepState::Succeeded
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StepName;
    use crate::pipeline::{Action, Step};

    fn steps(edges: &[(&str, &[&str])]) -> Steps {
        let made = edges.iter().map(|(name, needs)| {
            let mut step = Step::new(StepName::new(*name).unwrap(), Action::Release);
            step.needs = needs.iter().map(|n| StepName::new(*n).unwrap()).collect();
            step
        });
        Steps::new(&Pipeline::new(made.collect()).unwrap()).unwrap()
    }

    #[test]
    fn a_failure_cancels_what_waits_for_it_and_nothing_else() {
        let mut run = steps(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &[])]);
        assert_eq!(run.ready(), [0, 3]);
        run.advance(0, StepState::Running).unwrap();
        assert_eq!(run.advance(0, StepState::Failed).unwrap(), [1, 2]);
        assert_eq!(run.ready(), [3]);
        run.advance(3, StepState::Running).unwrap();
        run.advance(3, StepState::Succeeded).unwrap();
        assert_eq!(run.outcome(), Some(StepState::Failed));
    }

    #[test]
    fn a_terminal_state_is_final() {
        let mut run = steps(&[("a", &[])]);
        run.advance(0, StepState::Cancelled).unwrap();
        for to in [StepState::Running, StepState::Succeeded, StepState::Failed, StepState::Pending] {
            assert!(run.advance(0, to).is_err());
        }
    }
}
