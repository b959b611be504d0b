//! Bringing an environment to a target state, and back if that fails.

use std::collections::BTreeMap;
use std::time::Duration;

use eve_core::event::{EnvironmentEvent, Fault, RunEvent, RunKind, Undo};
use eve_core::pipeline::Step;
use eve_core::{Bound, Deadline, Error, LedgerResult, Observed, Plan, Result, codes};

use super::{Halt, Run};
use crate::record::drains;
use crate::walk::{Scope, Stopped, Walked, provision, walk, walk_within};
use crate::{binder, court};

impl Run {
    /// The step `deploy`.
    pub(super) async fn deploy(&self, step: &Step) -> Result<(), Halt> {
        self.release().await?;
        if self.made().healthy.is_some() {
            return Ok(());
        }
        let release = self.made().release.clone();
        let release = release.ok_or_else(|| Error::internal(codes::INTERNAL_INVARIANT, "a deploy made no release"))?;
        let bound = binder::bind(&self.scope.parts, &release, &self.record.environment.env).await?;
        self.apply(bound, Some(step)).await
    }

    /// Plans, checks against what was approved, walks, and writes the ledger.
    pub(super) async fn apply(&self, bound: Bound, step: Option<&Step>) -> Result<(), Halt> {
        let scope = match step {
            Some(step) => self.scope.below(self.scope.child_id(step.name.as_str())),
            None => self.scope.clone(),
        };
        // Once more: a run that is taken up begins here, under the policy of today. An undo is judged by whoever
        // makes a workload, since what stands already may stay.
        court::admit(&scope.parts, &bound.desired).await?;
        let seen = match &self.first_look {
            Some(look) => look.take().await,
            None => None,
        };
        let prepared = scope.prepare_from(seen, &bound).await?;
        self.check_approved(&prepared.plan)?;
        let (plan, seen) = (prepared.plan, prepared.seen);
        if !plan.is_noop() {
            self.sweep().await?;
            self.made().drains.extend(drains(&plan));
            let (plan, digest) = (Box::new(plan.clone()), plan.digest()?);
            scope.writer.append(&[RunEvent::Planned { plan, digest, undo: false }]).await?;
        }
        self.made().applied = true;
        let within = step.and_then(|step| step.timeout);
        let settled = match self.carry_out(&scope, &plan, &bound, &seen, within).await {
            Ok(walked) => self.settle(walked, &bound, &plan).await,
            Err(stopped) => Err(stopped),
        };
        let Err(stopped) = settled else { return Ok(()) };
        let halt = self.undo(&scope, stopped).await;
        if let Err(error) = self.write_failed(bound, &halt).await {
            tracing::error!(error = %error, "the ledger does not say that the deploy failed");
        }
        Err(halt)
    }

    /// Gets what a plan needs, and walks it.
    async fn carry_out(
        &self,
        scope: &Scope,
        plan: &Plan,
        bound: &Bound,
        seen: &Observed,
        within: Option<Duration>,
    ) -> Result<Walked, Stopped> {
        let clock = &*scope.parts.env;
        let deadline = within.map(|within| Deadline::after(clock, within));
        provision(scope, plan, within).await.map_err(|error| not_begun(error, plan))?;
        walk_within(scope, plan, bound, Some(seen), deadline.map(|deadline| deadline.remaining(clock))).await
    }

    /// Writes the ledger, where something was done or it says something else. What it does not say did not happen.
    async fn settle(&self, walked: Walked, bound: &Bound, plan: &Plan) -> Result<(), Stopped> {
        let nothing_done = walked.operations.is_empty() && self.record.intended.is_empty();
        let stopped = |error: Error| Stopped { fault: error.into(), begun: !nothing_done, left: Vec::new() };
        let unchanged = nothing_done && self.is_known(bound, plan).await.map_err(stopped)?;
        self.made().walked = walked;
        if unchanged || bound.release.is_none() {
            return Ok(());
        }
        self.write_healthy(bound.clone(), plan.instances()).await.map_err(stopped)
    }

    /// True if the ledger says just that. An undo may have made the instances of a release anew from other addresses.
    async fn is_known(&self, bound: &Bound, plan: &Plan) -> Result<bool> {
        let ledger = crate::reading::ledger(&*self.scope.parts.journal, &self.record.environment).await?;
        Ok(ledger.current() == Some(bound) && ledger.current_instances() == plan.instances())
    }

    /// A run that was approved does what was approved, or nothing. A resumed one may have done a
    /// part of it.
    pub(super) fn check_approved(&self, now: &Plan) -> Result<()> {
        let Some(approved) = &self.record.approved else { return Ok(()) };
        let digest = now.digest()?;
        let resumed = self
            .record
            .plan
            .as_ref()
            .is_some_and(|plan| plan.digest().is_ok_and(|before| before == *approved) && now.is_within(plan));
        if digest == *approved || resumed {
            return Ok(());
        }
        let operations: Vec<_> = now.operations().map(|node| node.work.to_string()).collect();
        let now = if operations.is_empty() { "nothing".to_owned() } else { operations.join(", ") };
        let text = format!(
            "plan {} was approved, and what is there now needs plan {}: {now}",
            approved.short(12),
            digest.short(12)
        );
        Err(Error::drifted(codes::PLAN_DRIFTED, text).with_hint("look at the new plan and approve that one"))
    }

    /// Takes evidence, then goes back to what was good before.
    async fn undo(&self, scope: &Scope, stopped: Stopped) -> Halt {
        let Stopped { mut fault, begun, left } = stopped;
        self.take_evidence(&mut fault).await;
        let faulted = scope.writer.append(&[RunEvent::Faulted { fault: fault.clone() }]).await;
        if !begun && !self.was_begun() {
            return Self::halt(fault);
        }
        let hindered = match faulted {
            // Whoever has the environment now undoes it.
            Err(error) => Some(Fault::from(error)),
            Ok(()) if fault.code == codes::LEASE_LOST => Some(fault.clone()),
            // Nobody wants what was to be deleted back: the next deletion goes on with it.
            Ok(()) if matches!(self.record.kind, RunKind::Delete) => Some(fault.clone()),
            Ok(()) => None,
        };
        let undo = match hindered {
            Some(why) => Undo::Incomplete { left, fault: Box::new(why) },
            None => self.undone(scope).await,
        };
        Halt { fault, undo }
    }

    /// Ends a run that the engine before this one saw fail: undoes it, from what is there now.
    pub(super) async fn end_failed(&self, fault: Fault) -> Halt {
        let undo = match &self.record.kind {
            _ if !self.was_begun() => Undo::NotNeeded,
            RunKind::Delete => Undo::Incomplete { left: self.left_to_delete().await, fault: Box::new(fault.clone()) },
            _ => self.undone(&self.scope).await,
        };
        let halt = Halt { fault, undo };
        if let Err(error) = self.write_resumed_failure(&halt).await {
            tracing::error!(error = %error, "the ledger does not say that the deploy failed");
        }
        halt
    }

    async fn write_resumed_failure(&self, halt: &Halt) -> Result<()> {
        let env = &self.record.environment;
        let release = self.made().release.clone();
        let bound = match (&self.record.kind, release) {
            (RunKind::Rollback { bound }, _) => (**bound).clone(),
            (RunKind::Delete, _) => Bound::ended(env.clone()),
            (_, Some(release)) => release.bind(&env.env, BTreeMap::new())?,
            (_, None) => return Ok(()),
        };
        self.write_failed(bound, halt).await
    }

    /// What the next deletion has to do.
    async fn left_to_delete(&self) -> Vec<String> {
        match self.scope.uncancelled().prepare(&Bound::ended(self.record.environment.clone())).await {
            Ok(prepared) => prepared.plan.operations().map(|node| node.work.to_string()).collect(),
            Err(error) => {
                tracing::warn!(error = %error, "what is left to delete cannot be seen");
                vec!["whatever the run had begun".to_owned()]
            }
        }
    }

    async fn undone(&self, scope: &Scope) -> Undo {
        match self.go_back(scope).await {
            Ok(()) => Undo::Complete,
            Err(stopped) => Undo::Incomplete { left: stopped.left, fault: Box::new(stopped.fault) },
        }
    }

    async fn go_back(&self, scope: &Scope) -> Result<(), Stopped> {
        let stopped = |error: Error| Stopped { fault: error.into(), begun: false, left: vec!["undo".to_owned()] };
        let scope = scope.below(scope.child_id("undo")).uncancelled();
        scope.say("undo", eve_core::ProgressStatus::Started, || "going back to what was healthy before".to_owned());
        let bound = self.last_good().await.map_err(stopped)?;
        let prepared = scope.prepare(&bound).await.map_err(stopped)?;
        let digest = prepared.plan.digest().map_err(stopped)?;
        self.made().drains.extend(drains(&prepared.plan));
        let planned = RunEvent::Planned { plan: Box::new(prepared.plan.clone()), digest, undo: true };
        scope.writer.append(&[planned]).await.map_err(stopped)?;
        provision(&scope, &prepared.plan, None).await.map_err(|error| not_begun(error, &prepared.plan))?;
        walk(&scope, &prepared.plan, &prepared.bound, None).await.map(drop)
    }

    /// Adds to a finding what tells why, before anything is cleaned up.
    async fn take_evidence(&self, fault: &mut Fault) {
        let Some(finding) = &mut fault.finding else { return };
        let Some(instance) = &finding.subject.instance else { return };
        let Some(capture) = self.scope.parts.runtime.evidence() else { return };
        match capture.capture(&self.record.environment, instance).await {
            Ok(evidence) => {
                let new: Vec<_> = evidence.into_iter().filter(|e| !finding.evidence.contains(e)).collect();
                finding.evidence.extend(new);
            }
            Err(error) => tracing::warn!(error = %error, "no evidence could be taken"),
        }
    }

    /// Brings the environment to its end.
    pub(super) async fn delete(&self) -> Result<(), Halt> {
        let env = &self.record.environment;
        self.apply(Bound::ended(env.clone()), None).await?;
        let ledger = crate::reading::ledger(&*self.scope.parts.journal, env).await?;
        let deleted = ledger.lines.last().is_none_or(|line| line.result == LedgerResult::Deleted);
        if !deleted {
            let event = EnvironmentEvent::Deleted {
                run: self.record.id.clone(),
                requested_by: self.record.requested_by.clone(),
            };
            self.write_ledger(event).await?;
        }
        Ok(())
    }
}

/// A plan of which nothing was done, since something that it needs cannot be had.
fn not_begun(error: Error, plan: &Plan) -> Stopped {
    let left = plan.nodes.iter().map(|node| node.work.to_string()).collect();
    Stopped { fault: error.into(), begun: false, left }
}
