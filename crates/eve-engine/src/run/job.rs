//! Jobs: attempts until one succeeds or none is left.

use eve_core::desired::{BuildSpec, Job, Process, Source};
use eve_core::event::Fault;
use eve_core::pipeline::Step;
use eve_core::plan::PlannedAddresses;
use eve_core::{
    AttemptId, AttemptSpec, Bound, Cancel, Error, Exit, FaultOwner, Finding, Result, RetryClass, ServiceName, Subject,
    Timestamp, Tries, codes, resolve_addresses, secret_versions,
};

use super::{Halt, Run};
use crate::binder;

impl Run {
    /// The step `job`: a service of role `job`, run to its end.
    pub(super) async fn job(&self, step: &Step, service: &ServiceName) -> Result<(), Halt> {
        let bound = self.approved_bound().await?;
        let Some(job) = bound.desired.jobs.get(service).cloned() else {
            let text = format!("step {} runs job {service}, which does not exist", step.name);
            return Err(Error::invalid(codes::SERVICE_UNKNOWN, text)
                .with_hint("give the service `x-eve: { role: job }`")
                .into());
        };
        let mut spec = self.spec(&bound, step, service, &job).await?;
        spec.artifact = bound.artifacts.get(service).cloned();
        if let (None, Source::Image(image)) = (&spec.artifact, &job.source) {
            spec.image = Some(image.clone());
        }
        self.attempts(step, service, spec, job.max_attempts).await
    }

    /// The step `run`: a command without a service.
    pub(super) async fn command(&self, step: &Step, command: &[String]) -> Result<(), Halt> {
        let bound = self.approved_bound().await?;
        let name = ServiceName::new(step.name.as_str())?;
        let mut job = Job::new(Source::Build(BuildSpec::new(".")), Process::default());
        job.process.command = Some(command.to_vec());
        let spec = self.spec(&bound, step, &name, &job).await?;
        self.attempts(step, &name, spec, 1).await
    }

    /// The target state that jobs work in: that of the release, or of what was built so far.
    ///
    /// An approval covers the jobs before the deploy too: nothing runs for a plan that was not
    /// approved.
    async fn approved_bound(&self) -> Result<Bound> {
        let (release, artifacts, applied) = {
            let made = self.made();
            (made.release.clone(), made.artifacts.clone(), made.applied)
        };
        let release = match release {
            Some(release) => release,
            None => super::provisional(&self.scope.parts, self.project()?, &artifacts, &self.record.files).await?.0,
        };
        let bound = binder::bind(&self.scope.parts, &release, &self.record.environment.env).await?;
        if self.record.approved.is_some() && self.record.plan.is_none() && !applied {
            self.check_approved(&self.scope.prepare(&bound).await?.plan)?;
        }
        Ok(bound)
    }

    async fn spec(&self, bound: &Bound, step: &Step, service: &ServiceName, job: &Job) -> Result<AttemptSpec> {
        let routes = &*self.scope.parts.internal;
        let patience = self.scope.patience(&self.scope.cancel);
        let addresses = patience.ask("addresses", || PlannedAddresses::of(&bound.desired, routes)).await?;
        let id = AttemptId::new(&self.record.id, step.name.as_str(), 1);
        let mut spec = AttemptSpec::new(id, self.record.environment.clone(), service.as_str(), job.process.argv());
        spec.working_dir.clone_from(&job.process.working_dir);
        let mut variables = job.process.environment.clone();
        variables.extend(step.environment.clone());
        spec.variables = resolve_addresses(&variables, &addresses)?;
        spec.secrets = secret_versions(&spec.variables, bound)?;
        spec.files = bound.placed(&job.files)?;
        spec.resources = job.resources.clone();
        spec.timeout = step.timeout.unwrap_or(job.timeout);
        Ok(spec)
    }

    async fn attempts(&self, step: &Step, service: &ServiceName, spec: AttemptSpec, max: u32) -> Result<(), Halt> {
        let scope = self.scope.below(self.scope.child_id(step.name.as_str()));
        let mut policy = scope.parts.settings.retry.clone();
        policy.max_attempts = policy.max_attempts.max(max);
        let mut tries = Tries::default();
        let mut number = 1;
        loop {
            let mut spec = spec.clone();
            // By the step's name: two steps may run the same job.
            spec.id = AttemptId::new(&self.record.id, step.name.as_str(), number);
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
            number += 1;
        }
    }
}

/// The finding for an exit that the runner gave none for.
pub(crate) fn not_well(service: &ServiceName, exit: Exit, now: Timestamp) -> Finding {
    let subject = Subject::service(service.clone());
    match exit {
        Exit::Lost => Finding::new(codes::ATTEMPT_LOST, subject, "nobody saw how the attempt ended", now)
            .with_owner(FaultOwner::Platform, RetryClass::BackOff),
        exit => Finding::new(codes::ATTEMPT_FAILED, subject, format!("the attempt ended with {exit}"), now),
    }
}
