//! An engine in a trial's directory.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eve::wrap::Wrap;
use eve::{
    DeployRequest, Embedded, EmbeddedConfig, EnvironmentId, Error, Object, Result, RetryPolicy, RunHandle, RunReport,
    codes,
};
use futures_util::future;

use crate::ground::ENDING;
use crate::{Ask, CrashAt, CrashingBuilder, EndState, Ground, Scenario, Setting, Shop, Stranger, What};

/// An engine in a trial's directory, and everything that is asked of it.
#[derive(Debug)]
pub struct Stage {
    eve: Embedded,
    shop: Shop,
    ground: Ground,
    scenario: Scenario,
    crash: CrashAt,
}

impl Stage {
    /// Opens the embedded defaults below `dir`, with a supervisor, and wraps every part that changes
    /// something.
    ///
    /// # Errors
    /// Whatever opening answers.
    pub async fn open(dir: &Path, setting: &Setting, scenario: Scenario, crash: CrashAt) -> Result<Self> {
        Self::open_leased(dir, setting, scenario, crash, None).await
    }

    /// Opens as [`open`](Self::open) does; leases hold as long as is said, not renewed.
    ///
    /// # Errors
    /// Whatever opening answers.
    pub async fn open_leased(
        dir: &Path,
        setting: &Setting,
        scenario: Scenario,
        crash: CrashAt,
        lease: Option<Duration>,
    ) -> Result<Self> {
        let config = EmbeddedConfig::new(dir.join("state")).with_purpose("a trial").with_supervisor(setting.program());
        let config = setting.ground().config(config);
        let at = crash.clone();
        let eve = Embedded::open_with(config, |mut parts| {
            parts.runtime = Arc::new(Wrap::around(parts.runtime, at.clone()));
            parts.runner = Arc::new(Wrap::around(parts.runner, at.clone()));
            parts.routes = Arc::new(Wrap::around(parts.routes, at.clone()));
            parts.journal = Arc::new(Wrap::around(parts.journal, at.clone()));
            parts.builder = Arc::new(CrashingBuilder::new(parts.builder, at));
            let mut retry = RetryPolicy::default();
            retry.backoff = Duration::from_millis(10);
            let builder = parts.into_builder().retry(retry);
            match lease {
                Some(ttl) => builder.lease(ttl),
                None => builder,
            }
        })
        .await?;
        Ok(Self { eve, shop: Shop::new(dir, setting), ground: setting.ground(), scenario, crash })
    }

    /// What the engine is made of, and the engine.
    pub fn eve(&self) -> &Embedded {
        &self.eve
    }

    /// What it runs on.
    pub fn ground(&self) -> Ground {
        self.ground
    }

    /// What it deploys.
    pub fn shop(&self) -> &Shop {
        &self.shop
    }

    /// What is asked for in it.
    pub fn scenario(&self) -> Scenario {
        self.scenario
    }

    /// The environments that something is asked for in.
    pub fn environments(&self) -> Vec<EnvironmentId> {
        self.scenario.environments().iter().map(|name| self.environment(name)).collect()
    }

    /// The address of an environment.
    pub fn environment(&self, name: &str) -> EnvironmentId {
        self.shop.environment(name)
    }

    /// Brings the environments to where the run under test begins.
    ///
    /// # Errors
    /// Whatever ended a run that has to succeed.
    pub async fn start(&self) -> Result<()> {
        for ask in self.scenario.start() {
            if let Some(run) = self.ask(&ask).await? {
                self.end(&run).await?.into_result()?;
            }
        }
        Ok(())
    }

    /// Asks for what the trial is about, and waits until it is over, whatever comes of it.
    ///
    /// # Errors
    /// Whatever keeps a run from beginning or from ending.
    pub async fn act(&self) -> Result<()> {
        self.crash.arm();
        let done = self.asked().await;
        self.crash.disarm();
        done
    }

    /// Takes up what an engine before this one left, waits until it is over, and asks for the same
    /// again: whoever asked has not heard how it went.
    ///
    /// # Errors
    /// Whatever keeps a run from being taken up or from ending.
    pub async fn recover(&self) -> Result<()> {
        self.crash.arm();
        let done = self.recovered().await;
        self.crash.disarm();
        done
    }

    async fn recovered(&self) -> Result<()> {
        let runs = self.eve.engine().recover().await?;
        self.over(&runs).await?;
        self.asked().await
    }

    async fn asked(&self) -> Result<()> {
        let asks = self.scenario.asks();
        let begun = future::join_all(asks.iter().map(|ask| self.ask(ask))).await;
        let runs = begun.into_iter().collect::<Result<Vec<_>>>()?;
        self.over(&runs.into_iter().flatten().collect::<Vec<_>>()).await
    }

    /// Changes something behind the engine's back, as the `number`th stranger does.
    ///
    /// # Errors
    /// Whatever the backends answer.
    pub async fn meet_stranger(&self, number: usize) -> Result<String> {
        let environments = self.environments();
        Stranger::new(number).act(&self.eve, self.ground, &environments[number % environments.len()]).await
    }

    /// Asks for what should be there by now, as the user does who finds it changed.
    ///
    /// # Errors
    /// Whatever keeps a run from succeeding.
    pub async fn repair(&self) -> Result<()> {
        for ask in self.scenario.repairs() {
            if let Some(run) = self.ask(&ask).await? {
                self.end(&run).await?.into_result()?;
            }
        }
        Ok(())
    }

    /// What is there, once nothing moves any more.
    ///
    /// # Errors
    /// Whatever the journal or the backends answer.
    pub async fn end_state(&self) -> Result<EndState> {
        for environment in self.environments() {
            let settled = async || Ok(EndState::is_settled(&self.eve, &environment).await?);
            self.until("every instance to be ready", settled).await?;
            // What was asked to end may take its time, as long as it does.
            let is_ending = |line: &String| line.ends_with(ENDING);
            let over = async || Ok(!self.ground.held(&environment).iter().any(is_ending));
            self.until("whatever is ending to be gone", over).await?;
        }
        EndState::read(self).await
    }

    /// Ends every environment, and names what is left then.
    ///
    /// # Errors
    /// Whatever keeps an environment from being deleted.
    pub async fn clear(&self) -> Result<Vec<String>> {
        let mut left = Vec::new();
        for environment in self.environments() {
            let run = self.eve.engine().delete(&environment, "cleared").await?;
            self.end(&run).await?.into_result()?;
            let leftovers = self.eve.engine().leftovers(&environment).await?;
            if leftovers.count() > 0 {
                left.push(format!("{environment}: {leftovers:?}"));
            }
        }
        Ok(left)
    }

    /// Lets go of everything; what the supervisor holds runs on.
    pub async fn close(self) {
        self.eve.shutdown().await;
    }

    /// Begins what is asked for; none if it was begun with the same key and nothing is to be waited for.
    ///
    /// # Errors
    /// Whatever keeps a run from beginning.
    pub async fn ask(&self, ask: &Ask) -> Result<Option<RunHandle>> {
        let (engine, env) = (self.eve.engine(), &self.environment(&ask.environment));
        if let What::Deploy(edition) = ask.what {
            let request = DeployRequest::new(self.shop.project(edition)?, env.env.clone())
                .with_source(self.shop.source())
                .with_requested_by(&ask.key)
                .with_idempotency_key(&ask.key);
            return engine.deploy(request).await.map(Some);
        }
        // Going back and ending have no key of their own: the journal says whether they were begun.
        if engine.runs(env).await?.iter().any(|run| run.requested_by == ask.key) {
            return Ok(None);
        }
        match ask.what {
            What::Rollback => engine.rollback(env, None, &ask.key).await.map(Some),
            _ => engine.delete(env, &ask.key).await.map(Some),
        }
    }

    /// Waits until runs are over; cancels them at their time, where the scenario says so.
    async fn over(&self, runs: &[RunHandle]) -> Result<()> {
        let ends = future::try_join_all(runs.iter().map(|run| self.end(run)));
        let cancelling = self.cancel(runs);
        tokio::select! {
            ended = ends => ended.map(drop),
            never = cancelling => match never? {},
        }
    }

    /// Cancels as soon as a `web` is there that is not of the current release. Whether this engine or
    /// one before it made that makes no difference.
    async fn cancel(&self, runs: &[RunHandle]) -> Result<Infallible> {
        for run in runs.iter().filter(|_| self.scenario.is_cancelled()) {
            let env = run.environment();
            let ledger = self.eve.engine().ledger(env).await?;
            self.until("the new web to be there", async || {
                let seen = self.eve.parts().runtime.observe(env).await?;
                let is_new = |object: &Object| {
                    object.service.as_ref().is_some_and(|name| name.as_str() == "web")
                        && !ledger.current_instances().iter().any(|known| object.hash.as_ref() == Some(&known.hash))
                };
                Ok(seen.ours().any(is_new))
            })
            .await?;
            run.cancel();
        }
        future::pending().await
    }

    /// Waits until a run is over, as long as one may take.
    async fn end(&self, run: &RunHandle) -> Result<RunReport> {
        let late = || {
            let text = format!("run {} of {} did not end", run.id(), run.environment());
            Error::new(eve::ErrorKind::DeadlineExceeded, codes::DEADLINE_EXCEEDED, text)
        };
        tokio::time::timeout(self.ground.patience(), run.wait()).await.map_err(|_| late())?
    }

    async fn until(&self, what: &str, is_so: impl AsyncFn() -> Result<bool>) -> Result<()> {
        let waiting = async {
            while !is_so().await? {
                tokio::time::sleep(self.ground.tick()).await;
            }
            Ok(())
        };
        let late =
            |_| Error::new(eve::ErrorKind::DeadlineExceeded, codes::DEADLINE_EXCEEDED, format!("waited for {what}"));
        tokio::time::timeout(self.ground.patience(), waiting).await.map_err(late)?
    }
}
