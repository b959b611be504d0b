//! A runner and two environments.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::{
    AttemptId, AttemptSpec, AttemptState, Deadline, Env, EnvironmentId, Exit, Fence, Finding, OpCx, OpId, Result,
    RunId, Runner, Started,
};
use futures_util::StreamExt as _;

use crate::stage::Stage;
use crate::{Failure, Outcome, RunnerHarness};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// A token that no case shows: whoever cleans up is younger.
const LAST: u64 = 1000;

/// A runner that holds nothing, and two environments that nobody else uses.
pub(super) struct Track {
    pub(super) harness: Arc<dyn RunnerHarness>,
    pub(super) runner: Arc<dyn Runner>,
    pub(super) env: Arc<dyn Env>,
    pub(super) environment: EnvironmentId,
    pub(super) neighbour: EnvironmentId,
    run: RunId,
}

#[async_trait]
impl Stage<dyn RunnerHarness> for Track {
    async fn open(harness: Arc<dyn RunnerHarness>) -> Outcome<Self> {
        let (runner, env) = (harness.runner().await?, harness.env());
        let tag = format!("{:08x}", env.random() & 0xffff_ffff);
        let environment = EnvironmentId::parse(&format!("suite/case-{tag}/one"))?;
        let neighbour = EnvironmentId::parse(&format!("suite/case-{tag}/two"))?;
        let run = RunId::generate(&*env);
        Ok(Self { harness, runner, env, environment, neighbour, run })
    }

    async fn close(self) {
        for environment in [&self.environment, &self.neighbour] {
            for id in self.runner.owned(environment).await.unwrap_or_default() {
                // What cannot be stopped is the matter of the case about stopping.
                let mut cx = self.cx(environment);
                cx.fence = Fence::new(LAST);
                let _ = self.runner.stop(&id, &cx).await;
                let _ = self.runner.forget(&id, &cx).await;
            }
        }
        self.harness.close(self.runner).await;
    }
}

impl Track {
    /// The spec of the case's attempt of this number, which does nothing yet.
    pub(super) fn spec(&self, number: u32) -> AttemptSpec {
        let id = AttemptId::new(&self.run, "case", number);
        let mut spec = AttemptSpec::new(id, self.environment.clone(), "case", Vec::new());
        spec.timeout = Duration::from_secs(120);
        spec
    }

    pub(super) fn cx(&self, environment: &EnvironmentId) -> OpCx {
        let deadline = Deadline::after(&*self.env, PATIENCE);
        OpCx::new(self.env.clone(), environment.clone(), OpId::new("attempt"), Fence::new(1), deadline)
    }

    pub(super) async fn start(&self, spec: &AttemptSpec) -> Result<Started> {
        self.runner.start(spec, &self.cx(&spec.environment)).await
    }

    /// Starts an attempt and waits for its end.
    pub(super) async fn run(&self, spec: &AttemptSpec) -> Outcome<(Exit, Option<Box<Finding>>)> {
        self.start(spec).await?;
        self.end(&spec.id).await
    }

    /// Waits for an attempt's end.
    pub(super) async fn end(&self, id: &AttemptId) -> Outcome<(Exit, Option<Box<Finding>>)> {
        let mut watch = self.runner.watch(id);
        loop {
            let next = tokio::time::timeout(PATIENCE, watch.next()).await;
            match next.map_err(|_| Failure::new("the attempt did not end within 30 s"))? {
                Some(Ok(AttemptState::Ended { exit, finding })) => return Ok((exit, finding)),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err(Failure::new("the watch ended before the attempt")),
            }
        }
    }
}
