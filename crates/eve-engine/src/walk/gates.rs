//! The gates that a walk waits at.

use std::collections::BTreeMap;
use std::time::Duration;

use eve_core::event::Fault;
use eve_core::plan::Gate;
use eve_core::{Deadline, Env, Finding, Monotonic, ObjectId, Observed, Readiness, readiness};

use super::absence::Absence;

/// A gate that is waited at.
#[derive(Debug)]
pub(super) struct OpenGate {
    pub(super) node: usize,
    gate: Gate,
    deadline: Deadline,
    /// Since when everything has been ready without a break.
    ready_since: Option<Monotonic>,
    last: Option<Finding>,
    absence: Absence,
    pub(super) ready: usize,
}

/// How a gate is after a look at what was observed.
#[derive(Debug)]
pub(super) enum Look {
    /// It is over.
    Passed,
    /// It is not; look again after this long if nothing happens before.
    Wait(Duration),
    /// It will never be.
    Failed(Box<Fault>),
}

/// The longest pause between two looks: verdicts with a grace ripen without an observation.
const AGAIN: Duration = Duration::from_millis(500);

impl OpenGate {
    pub(super) fn new(node: usize, gate: &Gate, env: &dyn Env) -> Self {
        let within = match gate {
            Gate::Ready { within, .. } | Gate::Hold { within, .. } => *within,
            _ => Duration::ZERO,
        };
        let deadline = Deadline::after(env, within);
        Self {
            node,
            gate: gate.clone(),
            deadline,
            ready_since: None,
            last: None,
            absence: Absence::default(),
            ready: 0,
        }
    }

    /// How many instances it waits for.
    pub(super) fn total(&self) -> usize {
        self.gate.instances().len()
    }

    /// Judges the gate by what was observed.
    pub(super) fn look(&mut self, env: &dyn Env, seen: Option<&Observed>, versions: &BTreeMap<ObjectId, u64>) -> Look {
        let gone = seen.and_then(|seen| self.absence.look(self.gate.instances(), versions, seen, env));
        if let Some(finding) = gone {
            return Look::Failed(Box::new(Fault::of_finding(finding)));
        }
        let judged = match seen {
            Some(seen) => readiness(self.gate.instances(), versions, seen, env.now()),
            None => Readiness::Waiting { ready: 0, last: None },
        };
        match judged {
            Readiness::Ready => {
                self.ready = self.total();
                let window = match &self.gate {
                    Gate::Hold { window, .. } => *window,
                    _ => Duration::ZERO,
                };
                let now = env.monotonic();
                let held = now.since(*self.ready_since.get_or_insert(now));
                if held >= window { Look::Passed } else { self.wait(env, window.saturating_sub(held)) }
            }
            Readiness::Failed(finding) => Look::Failed(Box::new(Fault::of_finding(*finding))),
            Readiness::Waiting { ready, last } => {
                self.ready_since = None;
                self.ready = ready;
                self.last = last.or(self.last.take());
                self.wait(env, AGAIN)
            }
            _ => self.wait(env, AGAIN),
        }
    }

    fn wait(&self, env: &dyn Env, again: Duration) -> Look {
        let left = self.deadline.remaining(env);
        if !left.is_zero() {
            return Look::Wait(again.min(left));
        }
        let what = format!("{} ({} of {} ready)", self.gate, self.ready, self.total());
        let mut fault = Fault::from(Deadline::exceeded(&what));
        if let Some(finding) = &self.last {
            fault.message = format!("{}; the last finding was {finding}", fault.message);
            fault.finding = Some(finding.clone());
        }
        Look::Failed(Box::new(fault))
    }
}

#[cfg(test)]
mod tests;
