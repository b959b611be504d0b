//! Looking into everything when all is over.

use std::collections::BTreeSet;
use std::path::Path;

use eve::plan::wanted_routes;
use eve::{EnvironmentId, Error, Result, RouteTarget, RunRecord, codes};

use crate::{Ask, Breach, Census, CrashAt, Diary, Edition, EndState, Orders, Page, Stage, Toll, Trial, What};

/// Looks into everything when nobody is killed any more: what was journaled, what was promised, what
/// runs, and what is left once all is deleted.
#[derive(Debug)]
pub struct Audit {
    stage: Stage,
    toll: Toll,
}

impl Audit {
    /// The address of a trial's ingress.
    ///
    /// # Errors
    /// Whatever opening answers.
    pub async fn ingress(trial: &Trial) -> Result<String> {
        let stage = Self::stage(trial).await?;
        let port = stage.eve().ingress_port().await?;
        stage.close().await;
        Ok(format!("127.0.0.1:{port}"))
    }

    async fn stage(trial: &Trial) -> Result<Stage> {
        Stage::open(trial.dir(), trial.setting(), trial.scenario(), CrashAt::new(None)).await
    }

    /// Takes up what is there, deploys a last time, and looks.
    ///
    /// # Errors
    /// Whatever the engine, the journal or the backends answer.
    pub async fn begin(trial: &Trial, seed: u64) -> Result<Self> {
        let stage = Self::stage(trial).await?;
        let mut audit = Self { stage, toll: Toll::default() };
        audit.settle().await?;
        let end = audit.stage.end_state().await?;
        for env in audit.stage.environments() {
            audit.look(&env, &end).await?;
            audit.compare(&env, &Diary::new(trial.dir(), env.env.as_str()), seed).await?;
        }
        audit.count_processes(trial.dir(), &end);
        Ok(audit)
    }

    /// Deletes everything, and tells what was seen.
    ///
    /// # Errors
    /// Whatever keeps an environment from being deleted.
    pub async fn finish(mut self) -> Result<Toll> {
        self.toll.left = self.stage.clear().await?;
        for env in self.stage.environments() {
            self.toll.breaches.extend(Breach::in_streams(&**self.stage.eve().engine().journal(), &env).await?);
        }
        self.stage.close().await;
        Ok(self.toll)
    }

    async fn settle(&self) -> Result<()> {
        for run in self.stage.eve().engine().recover().await? {
            run.wait().await?;
        }
        for name in self.stage.scenario().environments() {
            let ask = Ask::new(name, What::Deploy(Edition::One), "last");
            if let Some(run) = self.stage.ask(&ask).await? {
                run.wait().await?.into_result()?;
            }
        }
        Ok(())
    }

    /// Compares what is there with what the ledger says.
    async fn look(&mut self, env: &EnvironmentId, end: &EndState) -> Result<()> {
        let (parts, engine) = (self.stage.eve().parts(), self.stage.eve().engine());
        let (ledger, runs) = (engine.ledger(env).await?, engine.runs(env).await?);
        self.toll.runs += runs.len();
        self.toll.resumed += runs.iter().map(|run| run.resumed).sum::<u32>();
        self.toll.breaches.extend(Breach::of(&ledger, &runs));
        let mut wrong = Vec::new();
        let Some(state) = end.environments.get(env.env.as_str()) else {
            return Err(Error::internal(codes::INTERNAL_INVARIANT, format!("no end of {env} was read")));
        };
        let first = Some(Edition::One.label());
        if (state.current.as_deref(), state.answer.as_deref(), &*state.health) != (first, first, "ready") {
            wrong.push(format!("it is at {:?}, answers {:?}, is {}", state.current, state.answer, state.health));
        }
        if state.attempts > 0 {
            wrong.push(format!("{} attempts are not forgotten", state.attempts));
        }
        let seen = parts.runtime.observe(env).await?;
        let mut there: Vec<_> = seen.ours().map(|object| (object.id.clone(), object.hash.clone())).collect();
        let instances = ledger.current_instances().iter();
        let mut told: Vec<_> = instances.map(|known| (known.object.clone(), Some(known.hash.clone()))).collect();
        there.sort();
        told.sort();
        if there != told {
            wrong.push(format!("{there:?} is there, and the ledger says {told:?}"));
        }
        let wanted = ledger.current().map(|bound| wanted_routes(&bound.desired)).unwrap_or_default();
        let wanted: BTreeSet<_> = wanted.into_iter().map(|route| route.id).collect();
        let routes = parts.routes.observe(env).await?;
        let found: BTreeSet<_> = routes.iter().map(|route| route.id.clone()).collect();
        if wanted != found {
            wrong.push(format!("there are routes {found:?}, and the release has {wanted:?}"));
        }
        let is_of_ledger = |target: &RouteTarget| {
            seen.ours()
                .any(|object| object.instance() == target.instance && told.iter().any(|(id, _)| *id == object.id))
        };
        for route in routes.iter().filter(|route| route.targets.is_empty() || !route.targets.iter().all(is_of_ledger)) {
            wrong.push(format!("route {} leads to {:?}", route.id, route.targets));
        }
        self.toll.wrong.extend(wrong.into_iter().map(|wrong| format!("{env}: {wrong}")));
        Ok(())
    }

    /// Compares the journal with what was asked for and heard.
    async fn compare(&mut self, env: &EnvironmentId, diary: &Diary, seed: u64) -> Result<()> {
        let runs = self.stage.eve().engine().runs(env).await?;
        let pages = diary.pages().map_err(|cause| {
            Error::failed(codes::BACKEND_IO, format!("the diary of {env} cannot be read")).with_source(cause)
        })?;
        for (page, ask) in pages.iter().zip(Orders::new(env.env.as_str(), seed)) {
            let of_key = |run: &&RunRecord| run.requested_by == page.key;
            match runs.iter().filter(of_key).count() {
                0 if page.has_run() => self.toll.breaches.push(Breach::Lost(format!("{} has no run", page.key))),
                0 | 1 => {}
                many => self.toll.breaches.push(Breach::Doubled(format!("{} has {many} runs", page.key))),
            }
            if page.key != ask.key {
                self.toll.wrong.push(format!("{} was asked for and not {}", page.key, ask.key));
            }
            *self.toll.heard.entry(described(page, ask.what)).or_default() += 1;
        }
        Ok(())
    }

    /// Every process of the trial is an instance that the ledger names, or the one supervisor.
    fn count_processes(&mut self, dir: &Path, end: &EndState) {
        let instances: usize = end.environments.values().map(|state| state.objects.len()).sum();
        let census = Census::of(dir);
        if census.len() != instances + 1 {
            self.toll.wrong.push(format!("{instances} instances and a supervisor are {:?}", census.lines()));
        }
    }
}

fn described(page: &Page, what: What) -> String {
    let what = match what {
        What::Deploy(edition) => format!("deploy {}", edition.label()),
        What::Rollback => "rollback".to_owned(),
        What::Delete => "delete".to_owned(),
    };
    format!("{what}: {}", page.heard.as_deref().unwrap_or("not heard"))
}
