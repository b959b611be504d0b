//! A runtime, an environment on it, and deploys without an engine.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::desired::{Restart, Service};
use eve_core::{
    Bound, Capabilities, Change, Changes, Deadline, Desired, Env, EnvironmentId, Fence, Finding, Loss, LossGrade,
    Observed, Op, OpCx, Result, Runtime, ServiceName, Template, VarName, Verdict, codes,
};

use super::at::At;
use super::vault::Vault;
use crate::failure::{ensure, refused};
use crate::stage::Stage;
use crate::{Failure, Outcome, RuntimeHarness};

/// How long a scene waits for anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// The fence under which a scene performs.
pub(crate) const FENCE: u64 = 7;
/// A token that no case shows: whoever cleans up is younger.
const LAST: u64 = 1000;

/// A runtime that holds nothing, and two environments on it that nobody else uses.
pub(crate) struct Scene {
    pub(crate) harness: Arc<dyn RuntimeHarness>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) can: Capabilities,
    pub(crate) env: Arc<dyn Env>,
    pub(crate) environment: EnvironmentId,
    pub(crate) neighbour: EnvironmentId,
}

/// An operation that was performed.
pub(crate) struct Done {
    pub(crate) op: Op,
    pub(crate) change: Change,
}

#[async_trait]
impl Stage<dyn RuntimeHarness> for Scene {
    async fn open(harness: Arc<dyn RuntimeHarness>) -> Outcome<Self> {
        let (runtime, env) = (harness.runtime().await?, harness.env());
        let tag = format!("{:08x}", env.random() & 0xffff_ffff);
        let environment = EnvironmentId::parse(&format!("suite/case-{tag}/one"))?;
        let neighbour = EnvironmentId::parse(&format!("suite/case-{tag}/two"))?;
        Ok(Self { can: runtime.capabilities(), harness, runtime, env, environment, neighbour })
    }

    async fn instead(&self) -> Option<Outcome> {
        if self.can.services {
            return None;
        }
        let want = self.want(self.harness.serves_http());
        let refused = refused("planning a service", self.plan(&want).await, &[&codes::CAPABILITY_UNSUPPORTED]);
        Some(refused.map(drop))
    }

    async fn close(self) {
        for environment in [&self.environment, &self.neighbour] {
            let empty = Bound::empty(environment.clone());
            let Ok(changes) = self.plan(&empty).await else { continue };
            for op in &changes.retire {
                // What cannot be removed is the matter of the cases about removing.
                let mut cx = self.cx(environment, op);
                cx.fence = Fence::new(LAST);
                let _ = self.runtime.perform(op, &cx).await;
            }
        }
        self.harness.close(self.runtime).await;
    }
}

impl Scene {
    /// The service of a case that needs only one.
    pub(crate) fn web() -> ServiceName {
        name("web")
    }

    /// The scene's environment with one service, `web`.
    pub(crate) fn want(&self, service: Service) -> Bound {
        self.want_in(&self.environment, [(Self::web(), service)])
    }

    /// An environment with some services.
    pub(crate) fn want_in(
        &self,
        environment: &EnvironmentId,
        services: impl IntoIterator<Item = (ServiceName, Service)>,
    ) -> Bound {
        let mut desired = Desired::empty(environment.clone());
        desired.services.extend(services);
        let mut bound = Bound::unreleased(desired);
        for service in bound.desired.services.keys() {
            if let Some(artifact) = self.harness.artifact(service) {
                bound.artifacts.insert(service.clone(), artifact);
            }
        }
        bound
    }

    /// That a plan refuses the files of `web`, where they are not claimed.
    pub(crate) async fn refuses_files(&self, want: &Bound) -> Outcome {
        let refused = |loss: &Loss| loss.path == "services.web.files.0" && loss.grade == LossGrade::Refused;
        let losses = self.plan(want).await?.losses;
        ensure!(losses.iter().any(refused), "files are not claimed, and the plan does not refuse them: {losses:?}");
        Ok(())
    }

    /// A context for an operation.
    pub(crate) fn cx(&self, environment: &EnvironmentId, op: &Op) -> OpCx {
        let deadline = Deadline::after(&*self.env, PATIENCE);
        OpCx::new(self.env.clone(), environment.clone(), op.id.clone(), Fence::new(FENCE), deadline)
            .with_secrets(Arc::new(Vault::default()))
    }

    /// Observes and plans.
    pub(crate) async fn plan(&self, want: &Bound) -> Result<Changes> {
        let seen = self.runtime.observe(want.environment()).await?;
        self.runtime.plan(want, &seen, &At("one.test"))
    }

    pub(crate) async fn perform(&self, op: &Op) -> Result<Change> {
        self.perform_in(&self.environment, op).await
    }

    pub(crate) async fn perform_in(&self, environment: &EnvironmentId, op: &Op) -> Result<Change> {
        self.runtime.perform(op, &self.cx(environment, op)).await
    }

    /// Performs what a plan ensures, each operation after those that it needs.
    pub(crate) async fn ensure(&self, environment: &EnvironmentId, changes: &Changes) -> Outcome<Vec<Done>> {
        if let (Some(backend), Some(first)) = (self.runtime.provision(), changes.ensure.first()) {
            backend.provide(&changes.ensure, &self.cx(environment, first)).await?;
        }
        let mut done: Vec<Done> = Vec::new();
        let mut left: Vec<&Op> = changes.ensure.iter().collect();
        while !left.is_empty() {
            let waits = |op: &Op| op.after_objects.iter().any(|need| left.iter().any(|other| other.object == *need));
            let (later, now): (Vec<&Op>, Vec<&Op>) = left.iter().partition(|op| waits(op));
            if now.is_empty() {
                return Err(Failure::new("operations of the plan wait for each other"));
            }
            for op in now {
                done.push(Done { op: op.clone(), change: self.perform_in(environment, op).await? });
            }
            left = later;
        }
        Ok(done)
    }

    /// Performs what a plan retires.
    pub(crate) async fn retire(&self, environment: &EnvironmentId, changes: &Changes) -> Outcome<Vec<Done>> {
        let mut done = Vec::new();
        for op in &changes.retire {
            done.push(Done { op: op.clone(), change: self.perform_in(environment, op).await? });
        }
        Ok(done)
    }

    /// Deploys a target without an engine: ensure, ready, retire. The plan, and what was ensured.
    pub(crate) async fn deploy(&self, want: &Bound) -> Outcome<(Changes, Vec<Done>)> {
        let changes = self.plan(want).await?;
        let done = self.ensure(want.environment(), &changes).await?;
        self.ready(want.environment(), &changes, &done).await?;
        self.retire(want.environment(), &changes).await?;
        Ok((changes, done))
    }

    /// Waits until every expected instance is ready by the rule of the engine: its hash is the
    /// plan's, and its version at least the one that performing answered.
    pub(crate) async fn ready(&self, environment: &EnvironmentId, plan: &Changes, done: &[Done]) -> Outcome<Observed> {
        self.until(environment, "every instance to be ready", |seen| {
            plan.instances.values().flatten().all(|expected| {
                let since = done.iter().find(|done| done.op.object == expected.object).map_or(0, |d| d.change.version);
                seen.object(&expected.object).is_some_and(|object| {
                    object.hash.as_ref() == Some(&expected.hash) && object.version >= since && object.state.is_ready()
                })
            })
        })
        .await
    }

    /// Observes until something holds.
    pub(crate) async fn until(
        &self,
        environment: &EnvironmentId,
        what: &str,
        mut holds: impl FnMut(&Observed) -> bool,
    ) -> Outcome<Observed> {
        let deadline = Deadline::after(&*self.env, PATIENCE);
        loop {
            let seen = self.runtime.observe(environment).await?;
            if holds(&seen) {
                return Ok(seen);
            }
            if deadline.has_passed(&*self.env) {
                return Err(Failure::new(format!("waited in vain for {what}; last seen: {seen:?}")));
            }
            self.env.sleep(Duration::from_millis(25)).await;
        }
    }

    /// Waits for a terminal finding about an operation's object, at its version or a later one.
    pub(crate) async fn terminal(&self, done: &Done) -> Outcome<Finding> {
        let about = |finding: &Finding| {
            finding.verdict == Verdict::Terminal
                && finding.subject.hash == done.op.after
                && finding.subject.version >= done.change.version
                && finding.subject.instance.as_ref().is_some_and(|instance| instance.object == done.op.object)
        };
        let seen = self
            .until(&self.environment, "a terminal finding about the new instance", |seen| {
                seen.findings.iter().any(about)
            })
            .await?;
        seen.findings.into_iter().find(about).ok_or_else(|| Failure::new("the finding went away"))
    }
}

/// A service by its name.
pub(crate) fn name(text: &str) -> ServiceName {
    ServiceName::new(text).expect("the suite's names are valid")
}

/// The same service with another spec: a variable tells them apart.
pub(crate) fn variant(mut service: Service, release: &str) -> Service {
    let variable = VarName::new("EVE_SUITE_RELEASE").expect("the suite's names are valid");
    service.process.environment.insert(variable, Template::text(release));
    service
}

/// A service that is not started again when it ends.
pub(crate) fn once(mut service: Service) -> Service {
    service.restart = Restart::Never;
    service
}
