//! Two engines on one state directory.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eve::{EnvironmentId, RunHandle, codes};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    Ask, Breach, Census, CrashAt, Edition, EndState, EngineProcess, Heard, Load, Pass, Point, Request, Scenario,
    Setting, Shop, Stage, Tolerance, Trial, What, get,
};

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is looked.
const TICK: Duration = Duration::from_millis(20);
/// The requests of a second.
const LOAD: u32 = 100;
/// A lease that is over soon.
const SHORT: Duration = Duration::from_secs(3);
/// A lease for whose end nobody waits.
const LONG: Duration = Duration::from_mins(10);

type BoxError = Box<dyn Error + Send + Sync>;

/// When an engine that was stopped past its lease goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// As soon as the other one has its run.
    Amid,
    /// After the other one finished it.
    Late,
}

/// Two engines on one state directory, each in a process of its own. Every case tells what was seen.
#[derive(Debug)]
pub struct Rivals {
    root: TempDir,
    setting: Setting,
}

impl Rivals {
    /// Lets a program play all parts but that of the second engine, which is here.
    ///
    /// # Errors
    /// If there is no room.
    pub fn new(program: &Path) -> std::io::Result<Self> {
        // Short: the names of sockets are below it.
        let root = tempfile::Builder::new().prefix("two").tempdir()?;
        Ok(Self { root, setting: Setting::new(program) })
    }

    /// Both ask for a deploy of one environment at once, again and again: who comes second is
    /// refused, and nothing is done twice.
    ///
    /// # Errors
    /// If anything else is seen.
    pub async fn race(&self, rounds: usize) -> Result<String, BoxError> {
        let trial = self.trial(Scenario::FirstDeploy)?;
        let (mut accepted, mut refused) = (0, 0);
        for round in 0..rounds {
            // Every round has something to change.
            let scenario = if round.is_multiple_of(2) { Scenario::FirstDeploy } else { Scenario::Switch };
            let gate = trial.dir().join(format!("gate-{round}"));
            let contenders =
                ["a", "b"].map(|name| Contender::start(&trial, scenario, &format!("{name}{round}"), &gate));
            let [one, other] = contenders;
            let (one, other) = (one?, other?);
            fs::write(&gate, "")?;
            for heard in [one.heard().await?, other.heard().await?] {
                match heard.code.as_deref() {
                    None => accepted += 1,
                    Some(code) if code == codes::LEASE_HELD.as_str() => refused += 1,
                    Some(code) => return Err(format!("round {round} ended with {code}").into()),
                }
            }
        }
        let stage = self.stage(&trial).await?;
        let end = stage.end_state().await?;
        let found = &end.environments["one"];
        let mut wrong = end.broken.clone();
        if found.runs.len() != accepted || accepted < rounds || refused == 0 {
            wrong.push(format!("{accepted} were accepted and {refused} refused in {rounds} rounds: {:?}", found.runs));
        }
        let instances = found.objects.iter().filter(|object| object.contains(" current ")).count();
        let census = Census::of(trial.dir());
        if (instances, found.objects.len(), census.len()) != (2, 2, 3) {
            wrong.push(format!("{:?} are {:?}", found.objects, census.lines()));
        }
        finish(stage, &trial, wrong).await?;
        Ok(format!("{rounds} rounds of two deploys at once: {accepted} ran, {refused} were refused, none ran twice"))
    }

    /// One is stopped at a point past its lease; the other takes its run up and finishes it; the first
    /// one goes on, and does nothing any more.
    ///
    /// # Errors
    /// If anything else is seen, or a request is lost.
    pub async fn stopped(&self, scenario: Scenario, point: &str, wake: Wake) -> Result<String, BoxError> {
        let clean = self.clean(scenario).await?;
        let trial = self.trial(scenario)?;
        let stage = self.stage(&trial).await?;
        let env = environment(&stage);
        let mut first = Contender::at(&trial, "--stop", point, SHORT)?;
        let load = first.led(&stage, &env).await?;
        first.process.stopped().await?;
        let began = Instant::now();
        let (run, refusals) = taken_up(&stage, &env).await?;
        let waited = began.elapsed();
        if wake == Wake::Amid {
            first.process.signal(Signal::CONT)?;
        }
        let report = tokio::time::timeout(PATIENCE, run.wait()).await??;
        if wake == Wake::Late {
            first.process.signal(Signal::CONT)?;
        }
        let heard = first.heard().await?;
        let requests = load.stop().await;
        let mut wrong = differences(&stage, &env, &clean).await?;
        if refusals == 0 {
            wrong.push("the second engine did not have to wait for the lease's end".to_owned());
        }
        if report.resumed != 1 {
            wrong.push(format!("the run was taken up {} times", report.resumed));
        }
        if !heard.has_lost() {
            wrong.push(format!("the first engine was not told that it lost the environment: {heard:?}"));
        }
        wrong.extend(lost(&requests));
        finish(stage, &trial, wrong).await?;
        let (code, undo) = (heard.code.unwrap_or_default(), heard.undo.unwrap_or_else(|| "none".to_owned()));
        Ok(format!(
            "{}, {point}, stopped for {waited:.1?} and woken {wake:?}: late call {}, run ended {code}, undo {undo}, \
             taken up once, end state equal, {} requests, 0 lost",
            scenario.name(),
            heard.late.unwrap_or_default(),
            requests.len()
        ))
    }

    /// One with a lease of ten minutes is killed: the other has its run at once.
    ///
    /// # Errors
    /// If anything else is seen, or a request is lost.
    pub async fn killed(&self, scenario: Scenario, point: &str) -> Result<String, BoxError> {
        let clean = self.clean(scenario).await?;
        let trial = self.trial(scenario)?;
        let stage = self.stage(&trial).await?;
        let env = environment(&stage);
        let mut first = Contender::at(&trial, "--kill", point, LONG)?;
        let load = first.led(&stage, &env).await?;
        first.process.killed().await?;
        let run = stage.eve().engine().recover_in(&env).await?;
        let run = run.ok_or("the lease of a killed engine is not void")?;
        tokio::time::timeout(PATIENCE, run.wait()).await??;
        let requests = load.stop().await;
        let mut wrong = differences(&stage, &env, &clean).await?;
        wrong.extend(lost(&requests));
        finish(stage, &trial, wrong).await?;
        let sent = requests.len();
        Ok(format!(
            "{point}, killed with a lease of {LONG:?}: taken up at once, end state equal, {sent} requests, 0 lost"
        ))
    }

    /// One with a lease of ten minutes is stopped: the other is refused, and the first one goes on as
    /// if nothing had been.
    ///
    /// # Errors
    /// If anything else is seen, or a request is lost.
    pub async fn held(&self, scenario: Scenario, point: &str) -> Result<String, BoxError> {
        /// How often the other one asks.
        const ASKED: usize = 50;
        let clean = self.clean(scenario).await?;
        let trial = self.trial(scenario)?;
        let stage = self.stage(&trial).await?;
        let env = environment(&stage);
        let mut first = Contender::at(&trial, "--stop", point, LONG)?;
        let load = first.led(&stage, &env).await?;
        first.process.stopped().await?;
        let mut wrong = Vec::new();
        for _ in 0..ASKED {
            if stage.eve().engine().recover_in(&env).await?.is_some() {
                return Err("the lease of a stopped engine was taken".into());
            }
            let other = Ask::new(env.env.as_str(), What::Deploy(Edition::One), "other");
            match stage.ask(&other).await {
                Err(error) if *error.code() == codes::LEASE_HELD => {}
                other => wrong.push(format!("a deploy beside it was answered {other:?}")),
            }
            tokio::time::sleep(TICK).await;
        }
        first.process.signal(Signal::CONT)?;
        let heard = first.heard().await?;
        if heard.code.is_some() {
            wrong.push(format!("the first engine's run ended with {:?}", heard.code));
        }
        let requests = load.stop().await;
        wrong.extend(differences(&stage, &env, &clean).await?);
        wrong.extend(lost(&requests));
        finish(stage, &trial, wrong).await?;
        let sent = requests.len();
        Ok(format!(
            "{point}, stopped with a lease of {LONG:?}: {ASKED} deploys and recoveries refused, finished by itself, \
             end state equal, {sent} requests, 0 lost"
        ))
    }

    async fn clean(&self, scenario: Scenario) -> Result<EndState, BoxError> {
        let clean = Pass::Undisturbed.clean(scenario, &self.root.path().join("clean"), &self.setting).await?;
        clean.report.end.ok_or_else(|| "the clean run tells no end".into())
    }

    fn trial(&self, scenario: Scenario) -> std::io::Result<Trial> {
        Trial::new(self.root.path().join("t"), &self.setting, scenario)
    }

    async fn stage(&self, trial: &Trial) -> eve::Result<Stage> {
        Stage::open(trial.dir(), &self.setting, trial.scenario(), CrashAt::new(None)).await
    }
}

/// An engine in a process of its own.
#[derive(Debug)]
struct Contender {
    process: EngineProcess,
    heard: PathBuf,
}

impl Contender {
    /// One that stops or ends itself at a point of what a trial is about.
    fn at(trial: &Trial, how: &str, point: &str, lease: Duration) -> Result<Self, BoxError> {
        let _is_one: Point = point.parse()?;
        let heard = trial.dir().join("heard");
        let (file, lease) = (heard.to_string_lossy(), lease.as_millis().to_string());
        let scenario = trial.scenario().name();
        let arguments = ["rival", "--scenario", &scenario, how, point, "--lease", &lease, "--heard", &file];
        Ok(Self { process: EngineProcess::start(trial, "rival", &arguments)?, heard })
    }

    /// One that asks when a file is there.
    fn start(trial: &Trial, scenario: Scenario, key: &str, gate: &Path) -> std::io::Result<Self> {
        let heard = trial.dir().join(format!("heard-{key}"));
        let (file, gate, scenario) = (heard.to_string_lossy(), gate.to_string_lossy(), scenario.name());
        let arguments = ["contend", "--scenario", &scenario, "--key", key, "--gate", &gate, "--heard", &file];
        Ok(Self { process: EngineProcess::start(trial, key, &arguments)?, heard })
    }

    /// A load, as soon as there is something to answer it.
    async fn led(&mut self, stage: &Stage, env: &EnvironmentId) -> Result<Load, BoxError> {
        let ingress = format!("127.0.0.1:{}", stage.eve().ingress_port().await?);
        let (address, host) = (ingress, Shop::host(env.env.as_str()));
        let deadline = Instant::now() + PATIENCE;
        while get(&address, &host).is_none() {
            self.process.check()?;
            if Instant::now() > deadline {
                return Err("nothing answers".into());
            }
            tokio::time::sleep(TICK).await;
        }
        Ok(Load::start(address, vec![host], LOAD))
    }

    /// Waits for its good end, and tells what it heard.
    async fn heard(self) -> Result<Heard, BoxError> {
        self.process.ended().await?;
        Ok(serde_json::from_slice(&fs::read(&self.heard)?)?)
    }
}

/// Takes up the run of an environment as soon as its lease is over; tells how often it was held.
async fn taken_up(stage: &Stage, env: &EnvironmentId) -> Result<(RunHandle, usize), BoxError> {
    let deadline = Instant::now() + PATIENCE;
    let mut refusals = 0;
    while Instant::now() < deadline {
        if let Some(run) = stage.eve().engine().recover_in(env).await? {
            return Ok((run, refusals));
        }
        refusals += 1;
        tokio::time::sleep(TICK).await;
    }
    Err("the lease of a stopped engine does not end".into())
}

async fn differences(stage: &Stage, env: &EnvironmentId, clean: &EndState) -> Result<Vec<String>, BoxError> {
    let mut out = Tolerance::default().differences(clean, &stage.end_state().await?);
    let broken = Breach::in_streams(&**stage.eve().engine().journal(), env).await?;
    out.extend(broken.iter().map(ToString::to_string));
    Ok(out)
}

fn lost(requests: &[Request]) -> impl Iterator<Item = String> {
    requests.iter().filter_map(|request| request.lost.as_ref()).map(|cause| format!("a request was lost: {cause}"))
}

/// Deletes everything. Fails if something is wrong or left.
async fn finish(stage: Stage, trial: &Trial, mut wrong: Vec<String>) -> Result<(), BoxError> {
    let journal = if wrong.is_empty() { Vec::new() } else { EndState::journal(stage.eve()).await? };
    wrong.extend(stage.clear().await?.into_iter().map(|left| format!("left over: {left}")));
    stage.close().await;
    wrong.extend(trial.quiet().await.into_iter().map(|left| format!("left over: {left}")));
    if wrong.is_empty() {
        return Ok(());
    }
    wrong.extend(journal);
    Err(wrong.join("\n").into())
}

fn environment(stage: &Stage) -> EnvironmentId {
    stage.environments().remove(0)
}
