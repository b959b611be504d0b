//! Jobs: attempts until one succeeds or none is left.

use eve_core::desired::Job;
use eve_core::event::{Fault, RunEvent};
use eve_core::pipeline::Step;
use eve_core::plan::PlannedAddresses;
use eve_core::{
    AttemptId, AttemptSpec, AttemptState, Bound, Cancel, Deadline, Digest, Error, Exit, Finding, LogItem, LogOptions,
    ProgressStatus, Result, RetryClass, ServiceName, StepName, Subject, Tries, codes, resolve_addresses,
    secret_versions,
};
use futures_util::stream::StreamExt as _;

use super::{Halt, Run};
use crate::binder;
use crate::walk::Scope;

/// How much of an attempt's log is kept among the blobs, from its end.
const KEPT_LOG: usize = 1024 * 1024;

impl Run {
    /// The step `job`: a service of role `job`, run to its end.
    pub(super) async fn job(&self, step: &Step, service: &ServiceName) -> Result<(), Halt> {
        let bound = self.bound().await?;
        let Some(job) = bound.desired.jobs.get(service).cloned() else {
            let text = format!("step {} runs job {service}, which does not exist", step.name);
            return Err(Error::invalid(codes::SERVICE_UNKNOWN, text)
                .with_hint("give the service `x-eve: { role: job }`")
                .into());
        };
        let mut spec = self.spec(&bound, step, service, &job)?;
        spec.artifact = bound.artifacts.get(service).cloned();
        self.attempts(step, service, spec, job.max_attempts).await
    }

    /// The step `run`: a command without a service.
    pub(super) async fn command(&self, step: &Step, command: &[String]) -> Result<(), Halt> {
        let bound = self.bound().await?;
        let name = ServiceName::new(step.name.as_str())?;
        let mut job = Job::new(
            eve_core::desired::Source::Build(eve_core::desired::BuildSpec::new(".")),
            eve_core::desired::Process::default(),
        );
        job.process.command = Some(command.to_vec());
        let spec = self.spec(&bound, step, &name, &job)?;
        self.attempts(step, &name, spec, 1).await
    }

    /// The target state that jobs work in: that of the release, or of what was built so far.
    async fn bound(&self) -> Result<Bound> {
        let (release, artifacts) = {
            let made = self.made();
            (made.release.clone(), made.artifacts.clone())
        };
        let release = match release {
            Some(release) => release,
            None => super::provisional(&self.scope.parts, self.project()?, &artifacts).await?.0,
        };
        binder::bind(&self.scope.parts, &release, &self.record.environment.env).await
    }

    fn spec(&self, bound: &Bound, step: &Step, service: &ServiceName, job: &Job) -> Result<AttemptSpec> {
        let addresses = PlannedAddresses::of(&bound.desired, &*self.scope.parts.internal)?;
        let id = AttemptId::new(&self.record.id, service.as_str(), 1);
        let mut spec = AttemptSpec::new(id, self.record.environment.clone(), service.as_str(), job.process.argv());
        spec.working_dir.clone_from(&job.process.working_dir);
        spec.variables = resolve_addresses(&job.process.environment, &addresses)?;
        spec.secrets = secret_versions(&spec.variables, bound)?;
        spec.resources = job.resources.clone();
        spec.timeout = step.timeout.unwrap_or(job.timeout);
        Ok(spec)
    }

    async fn attempts(&self, step: &Step, service: &ServiceName, spec: AttemptSpec, max: u32) -> Result<(), Halt> {
        let scope = self.scope.below(self.scope.child_id(step.name.as_str()));
        let mut policy = scope.parts.settings.retry.clone();
        policy.max_attempts = policy.max_attempts.max(max);
        let mut tries = Tries::default();
        for number in 1.. {
            let mut spec = spec.clone();
            spec.id = AttemptId::new(&self.record.id, service.as_str(), number);
            let known = self.record.attempts.iter().find(|attempt| attempt.id == spec.id);
            let (exit, fault) = match known.and_then(|attempt| attempt.exit.map(|exit| (exit, attempt.fault.clone()))) {
                Some(ended) => ended,
                None => self.attempt(&scope, &step.name, service, &spec).await?,
            };
            if exit.is_success() {
                return Ok(());
            }
            let fault = fault.unwrap_or_else(|| Fault::of_finding(not_well(service, exit, scope.parts.env.now())));
            if fault.is_cancellation() {
                return Err(Self::halt(fault));
            }
            let class = fault.finding.as_ref().map_or(RetryClass::Never, |finding| finding.retry);
            tries.record(class);
            let Some(pause) = policy.next(class, tries) else { return Err(Self::halt(fault)) };
            tokio::select! {
                () = scope.cancel.cancelled() => return Err(Cancel::error().into()),
                () = scope.parts.env.sleep(pause) => {}
            }
        }
        unreachable!("attempts are counted up for ever")
    }

    /// One attempt: intent, start, end, log kept, outcome journaled, forgotten.
    async fn attempt(
        &self,
        scope: &Scope,
        step: &StepName,
        service: &ServiceName,
        spec: &AttemptSpec,
    ) -> Result<(Exit, Option<Fault>)> {
        let parts = &scope.parts;
        let intent =
            RunEvent::AttemptIntended { attempt: spec.id.clone(), service: service.clone(), step: step.clone() };
        scope.writer.append(&[intent]).await?;
        scope.keeper.check()?;
        scope.say(spec.id.as_str(), ProgressStatus::Started, || spec.argv.join(" "));
        let id = eve_core::OpId::new(format!("start {}", spec.id));
        let cx = scope.op(id, parts.settings.operation, &scope.cancel);
        let ended = match parts.runner.start(spec, &cx).await {
            Ok(_) => self.until_end(scope, spec).await,
            Err(error) => Err(error),
        };
        let (exit, fault) = match ended {
            Ok((exit, finding)) => (exit, finding.map(|finding| Fault::of_finding(*finding))),
            Err(error) => (Exit::Lost, Some(error.into())),
        };
        let log = self.keep_log(scope, &spec.id).await;
        let event = RunEvent::AttemptEnded { attempt: spec.id.clone(), exit, fault: fault.clone(), log };
        scope.writer.append(&[event]).await?;
        parts.runner.forget(&spec.id).await?;
        let status = if exit.is_success() { ProgressStatus::Done } else { ProgressStatus::Failed };
        scope.say(spec.id.as_str(), status, || exit.to_string());
        Ok((exit, fault))
    }

    /// Waits for the attempt's end. The runner keeps its timeout; this wait has one a little longer.
    async fn until_end(&self, scope: &Scope, spec: &AttemptSpec) -> Result<(Exit, Option<Box<Finding>>)> {
        let parts = &scope.parts;
        let deadline = Deadline::after(&*parts.env, spec.timeout + parts.settings.operation);
        let mut states = parts.runner.watch(&spec.id);
        loop {
            tokio::select! {
                biased;
                () = scope.cancel.cancelled() => {
                    self.stop(scope, &spec.id).await?;
                    return Err(Cancel::error());
                }
                state = states.next() => match state {
                    Some(Ok(AttemptState::Ended { exit, finding })) => return Ok((exit, finding)),
                    Some(Ok(_)) => {}
                    Some(Err(gap)) => tracing::warn!(error = %gap, attempt = %spec.id, "a gap in what is observed"),
                    None => return Ok((Exit::Lost, None)),
                },
                () = parts.env.sleep(deadline.remaining(&*parts.env)) => {
                    self.stop(scope, &spec.id).await?;
                    return Err(Deadline::exceeded(&format!("attempt {}", spec.id)));
                }
            }
        }
    }

    async fn stop(&self, scope: &Scope, id: &AttemptId) -> Result<()> {
        let op = eve_core::OpId::new(format!("stop {id}"));
        let cx = scope.op(op, scope.parts.settings.operation, &Cancel::new());
        scope.parts.runner.stop(id, &cx).await.map(drop)
    }

    /// Keeps the end of what an attempt wrote. A log that cannot be kept fails nothing.
    async fn keep_log(&self, scope: &Scope, id: &AttemptId) -> Option<Digest> {
        let mut lines = scope.parts.runner.logs(id, LogOptions::default());
        let mut kept: Vec<u8> = Vec::new();
        while let Some(Ok(item)) = lines.next().await {
            match item {
                LogItem::Line { bytes, .. } => kept.extend_from_slice(&bytes),
                LogItem::Gap { cause, .. } => {
                    kept.extend_from_slice(format!("[lines are missing here: {cause}]").as_bytes())
                }
                _ => continue,
            }
            kept.push(b'\n');
            if kept.len() > 2 * KEPT_LOG {
                kept.drain(..kept.len() - KEPT_LOG);
            }
        }
        let start = kept.len().saturating_sub(KEPT_LOG);
        match scope.parts.blobs.put(kept.split_off(start).into()).await {
            Ok(digest) => Some(digest),
            Err(error) => {
                tracing::warn!(error = %error, attempt = %id, "the attempt's log is not kept");
                None
            }
        }
    }
}

/// The finding for an exit that the runner gave none for.
fn not_well(service: &ServiceName, exit: Exit, now: eve_core::Timestamp) -> Finding {
    let (code, text) = match exit {
        Exit::Lost => (codes::ATTEMPT_LOST, "nobody saw how the attempt ended".to_owned()),
        exit => (codes::ATTEMPT_FAILED, format!("the attempt ended with {exit}")),
    };
    Finding::new(code, Subject::service(service.clone()), text, now)
}
