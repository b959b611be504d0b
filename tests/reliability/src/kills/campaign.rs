//! Kills at random instants, under load.

use std::error::Error;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eve::supervisor;
use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};

use crate::say;
use crate::{Audit, Customer, Diary, EngineProcess, Load, Outage, Request, Scenario, Setting, Shop, Toll, Trial};

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often it is looked.
const TICK: Duration = Duration::from_millis(5);
/// The requests of a second, to both environments together.
const LOAD: u32 = 120;
/// How long between two kills, in milliseconds: a deploy takes about as long.
const PAUSES: Range<u64> = 100..2_500;
/// One pause in four is of these: whoever was killed is not back yet.
const SHORT_PAUSES: Range<u64> = 0..150;

type BoxError = Box<dyn Error + Send + Sync>;

/// Kills at random instants, under load and concurrent deploys. The same seed has the same victims
/// and pauses.
#[derive(Debug)]
pub struct Kills {
    count: usize,
    seed: u64,
    program: Option<PathBuf>,
}

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    /// The engine with this number.
    Engine(usize),
    Supervisor,
    /// The supervisor and the engine with this number.
    Both(usize),
}

impl Victim {
    fn choose(dice: &mut Rng, engines: usize) -> Self {
        let engine = dice.usize(0..engines);
        match dice.u8(0..10) {
            0..6 => Self::Engine(engine),
            6..8 => Self::Supervisor,
            _ => Self::Both(engine),
        }
    }

    fn engine(self) -> Option<usize> {
        match self {
            Self::Engine(number) | Self::Both(number) => Some(number),
            Self::Supervisor => None,
        }
    }
}

impl Kills {
    /// So many kills.
    pub fn new(count: usize, seed: u64) -> Self {
        Self { count, seed, program: None }
    }

    /// Lets another program than this one play the parts.
    pub fn with_program(mut self, program: &Path) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// Kills, and prints what came of it.
    ///
    /// # Errors
    /// If anything is lost, doubled or left over, or a request is lost that no supervisor's death
    /// explains.
    pub fn print(&self) -> Result<(), BoxError> {
        say!("seed {}", self.seed);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let toll = runtime.block_on(async {
            tokio::select! {
                toll = self.campaign() => toll,
                // What was started goes with the trial.
                _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
            }
        })?;
        say!("{toll}");
        toll.judge()
    }

    async fn campaign(&self) -> Result<Toll, BoxError> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe()?,
        };
        // Short: the names of sockets are below it.
        let root = tempfile::Builder::new().prefix("kills").tempdir()?;
        let scenario = Scenario::TwoEnvironments;
        let trial = Trial::new(root.path().join("t"), &Setting::new(program), scenario)?;
        let names: Vec<_> = scenario.environments().iter().map(|&name| name.to_owned()).collect();
        let mut engines = Vec::new();
        for name in &names {
            engines.push(self.engine(&trial, name)?);
        }
        opened(&trial, &names, &mut engines).await?;
        let hosts = names.iter().map(|name| Shop::host(name)).collect();
        let load = Load::start(Audit::ingress(&trial).await?, hosts, LOAD);
        let deaths = self.kill(&trial, &names, &mut engines).await?;
        Customer::close(trial.dir())?;
        for engine in engines {
            engine.ended().await?;
        }
        let audit = Audit::begin(&trial, self.seed).await?;
        let requests = load.stop().await;
        let mut toll = Toll { kills: deaths.victims(), ..audit.finish().await? };
        toll.left.extend(trial.quiet().await);
        toll.count_requests(&requests, &deaths.outages(names.len(), &requests));
        Ok(toll)
    }

    fn engine(&self, trial: &Trial, environment: &str) -> std::io::Result<EngineProcess> {
        let seed = self.seed.to_string();
        EngineProcess::start(trial, environment, &["serve", "--environment", environment, "--seed", &seed])
    }

    async fn kill(&self, trial: &Trial, names: &[String], engines: &mut [EngineProcess]) -> Result<Deaths, BoxError> {
        let mut dice = Rng::with_seed(self.seed);
        let mut deaths = Deaths::default();
        for number in 1..=self.count {
            let pauses = if dice.u8(0..4) == 0 { SHORT_PAUSES } else { PAUSES };
            tokio::time::sleep(Duration::from_millis(dice.u64(pauses))).await;
            let victim = Victim::choose(&mut dice, engines.len());
            let supervisor = match victim {
                Victim::Engine(_) => None,
                Victim::Supervisor | Victim::Both(_) => Some(living_supervisor(trial).await?),
            };
            for engine in engines.iter_mut() {
                engine.check()?;
            }
            let killed = Instant::now();
            if let Some(pid) = supervisor {
                kill_process(pid, Signal::KILL)?;
            }
            if let Some(number) = victim.engine() {
                engines[number].signal(Signal::KILL)?;
                let next = self.engine(trial, &names[number])?;
                std::mem::replace(&mut engines[number], next).killed().await?;
            }
            if let Some(pid) = supervisor {
                gone(pid).await?;
            }
            deaths.0.push(Death { victim, killed, dead: Instant::now() });
            if number.is_multiple_of(10) {
                eprintln!("{number} of {} kills", self.count);
            }
        }
        Ok(deaths)
    }
}

#[derive(Debug)]
struct Death {
    victim: Victim,
    killed: Instant,
    dead: Instant,
}

#[derive(Debug, Default)]
struct Deaths(Vec<Death>);

impl Deaths {
    /// How often an engine alone, a supervisor alone, and both were killed.
    fn victims(&self) -> [usize; 3] {
        let count = |is: fn(Victim) -> bool| self.0.iter().filter(|death| is(death.victim)).count();
        [
            count(|victim| matches!(victim, Victim::Engine(_))),
            count(|victim| victim == Victim::Supervisor),
            count(|victim| matches!(victim, Victim::Both(_))),
        ]
    }

    fn outages(&self, hosts: usize, requests: &[Request]) -> Vec<Outage> {
        let supervisors = self.0.iter().filter(|death| !matches!(death.victim, Victim::Engine(_)));
        supervisors.map(|death| Outage::new(death.killed, death.dead, hosts, requests)).collect()
    }
}

/// Waits until both environments have their first release.
async fn opened(trial: &Trial, names: &[String], engines: &mut [EngineProcess]) -> Result<(), BoxError> {
    for (name, engine) in names.iter().zip(engines) {
        let diary = Diary::new(trial.dir(), name);
        let deadline = Instant::now() + PATIENCE;
        while diary.pages()?.first().is_none_or(|page| page.heard.is_none()) {
            engine.check()?;
            if Instant::now() > deadline {
                return Err(format!("{name} has no first release").into());
            }
            tokio::time::sleep(TICK).await;
        }
    }
    Ok(())
}

/// The supervisor, as soon as there is one: engines start it again.
async fn living_supervisor(trial: &Trial) -> Result<Pid, BoxError> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        // One that has not said who it is has the number 0.
        let holder = supervisor::holder(trial.dir().join("state"))?;
        if let Some(pid) = holder.and_then(|pid| Pid::from_raw(pid.cast_signed())) {
            return Ok(pid);
        }
        tokio::time::sleep(TICK).await;
    }
    Err("no supervisor came back".into())
}

/// Waits until a process that was killed does nothing any more.
async fn gone(pid: Pid) -> Result<(), BoxError> {
    let path = format!("/proc/{}/cmdline", pid.as_raw_nonzero());
    let deadline = Instant::now() + PATIENCE;
    // The command line of a zombie is empty.
    while std::fs::read(&path).is_ok_and(|line| !line.is_empty()) {
        if Instant::now() > deadline {
            return Err(format!("process {pid:?} was killed and is there").into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}
