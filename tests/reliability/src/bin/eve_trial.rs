//! Plays every part of a trial: engine, supervisor, services and jobs; and runs the whole table.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use eve_reliability::{
    CrashAt, Customer, EndState, Ground, Kills, Pass, Point, Report, Rival, Scenario, Setting, Stage, Table, Trial,
    Work, images, work,
};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
#[command(about = "What is left when an engine dies")]
struct Cli {
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand)]
enum Part {
    /// An engine.
    Engine {
        /// What services run on.
        #[arg(long, value_enum, default_value_t)]
        runtime: Ground,
        /// What it does.
        #[command(subcommand)]
        verb: Verb,
    },
    /// Makes the images that services on an engine or a cluster are made from, and prints the id or the name of the first.
    Images {
        /// What services run on.
        #[arg(long, value_enum)]
        runtime: Ground,
        /// A folder for what is needed for that.
        #[arg(long)]
        dir: PathBuf,
        /// The label of all others, on an engine.
        #[arg(long)]
        label: String,
    },
    /// A service or a job.
    Work {
        /// What it does.
        work: Work,
    },
    /// Kills engines, supervisors and both at random instants, under load.
    Kills {
        /// How many.
        #[arg(long)]
        count: usize,
        /// The same seed has the same victims and pauses; by default any.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Every point of every scenario, or of those that are named.
    Table {
        /// What services run on.
        #[arg(long, value_enum, default_value_t)]
        runtime: Ground,
        /// Only this scenario; may be given several times.
        #[arg(long)]
        scenario: Vec<Scenario>,
        /// Only this pass.
        #[arg(long)]
        pass: Option<Pass>,
        /// Only this point.
        #[arg(long)]
        point: Option<Point>,
        /// Only the points of operations, and none of the journal's.
        #[arg(long)]
        operations: bool,
        /// At most so many of the points, evenly spread; by default all.
        #[arg(long)]
        at_most: Option<usize>,
        /// How many trials run side by side; by default as many as fit.
        #[arg(long)]
        width: Option<usize>,
    },
}

#[derive(Subcommand)]
enum Verb {
    /// Comes to the scenario's start, and does what it is about.
    Run(Engine),
    /// Takes up what is there, asks again, tells what came of it, and deletes everything.
    Recover {
        #[command(flatten)]
        engine: Engine,
        /// Lets the stranger with this number act first.
        #[arg(long)]
        stranger: Option<usize>,
        /// Repairs afterwards.
        #[arg(long)]
        repair: bool,
        /// Deletes nothing.
        #[arg(long)]
        keep: bool,
    },
    /// Deletes everything, and tells what is left.
    Clear(Engine),
    /// Deploys one release after another to an environment.
    Serve {
        /// The trial's directory.
        #[arg(long)]
        dir: PathBuf,
        /// The environment's name.
        #[arg(long)]
        environment: String,
        /// The same seed asks for the same.
        #[arg(long)]
        seed: u64,
    },
    /// Comes to the scenario's start, and does what it is about, beside another engine.
    Rival {
        #[command(flatten)]
        rival: Shared,
        /// Where the process stops.
        #[arg(long, conflicts_with = "kill")]
        stop: Option<Point>,
        /// Where the process ends itself.
        #[arg(long)]
        kill: Option<Point>,
        /// How long leases hold that are not renewed, in milliseconds.
        #[arg(long)]
        lease: u64,
    },
    /// Asks for what the scenario is about as soon as a file is there.
    Contend {
        #[command(flatten)]
        rival: Shared,
        /// The key that it asks with.
        #[arg(long)]
        key: String,
        /// The file.
        #[arg(long)]
        gate: PathBuf,
    },
}

#[derive(Args)]
struct Engine {
    /// What is asked for.
    #[arg(long)]
    scenario: Scenario,
    /// The trial's directory.
    #[arg(long)]
    dir: PathBuf,
    /// Where the process ends itself.
    #[arg(long)]
    kill: Option<Point>,
    /// Where it tells what it saw.
    #[arg(long)]
    report: PathBuf,
}

impl Engine {
    fn tell(&self, report: &Report) -> Result<(), BoxError> {
        Ok(fs::write(&self.report, serde_json::to_vec(report)?)?)
    }
}

#[derive(Args)]
struct Shared {
    /// What is asked for.
    #[arg(long)]
    scenario: Scenario,
    /// The trial's directory.
    #[arg(long)]
    dir: PathBuf,
    /// Where it tells what it heard.
    #[arg(long)]
    heard: PathBuf,
}

fn main() -> ExitCode {
    eve::supervisor_hook();
    match Cli::parse().part {
        Part::Work { work: what } => work(what),
        // One thread: what an engine does next depends on nothing but what it is told.
        Part::Engine { runtime: ground, verb } => {
            match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => answer(runtime.block_on(play(verb, ground))),
                Err(error) => answer(Err(error.into())),
            }
        }
        Part::Kills { count, seed } => answer(Kills::new(count, seed.unwrap_or_else(|| fastrand::u64(..))).print()),
        Part::Images { runtime, dir, label } => answer(make_images(runtime, &dir, &label)),
        Part::Table { runtime, scenario, pass, point, operations, at_most, width } => {
            let mut table = Table::new(runtime).with_point(point).at_operations(operations);
            table = table.at_most(at_most).with_width(width);
            if !scenario.is_empty() {
                table = table.with_scenarios(&scenario);
            }
            if let Some(pass) = pass {
                table = table.with_passes(&[pass]);
            }
            answer(table.print())
        }
    }
}

fn answer(done: Result<(), BoxError>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match error.downcast_ref::<eve::Error>() {
                Some(error) => eprintln!("{}: {error}", error.code()),
                None => eprintln!("{error}"),
            }
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn make_images(ground: Ground, dir: &Path, label: &str) -> Result<(), BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{}", runtime.block_on(images(ground, dir, label))?);
    Ok(())
}

async fn play(verb: Verb, ground: Ground) -> Result<(), BoxError> {
    let setting = &Setting::of(ground, std::env::current_exe()?);
    match verb {
        Verb::Run(engine) => run(engine, setting).await,
        Verb::Recover { engine, stranger, repair, keep } => recover(engine, setting, stranger, repair, keep).await,
        Verb::Clear(engine) => {
            let stage = Stage::open(&engine.dir, setting, engine.scenario, CrashAt::new(None)).await?;
            engine.tell(&Report { left: stage.clear().await?, ..Report::new(Vec::new()) })
        }
        Verb::Serve { dir, environment, seed } => {
            Ok(Customer::open(&dir, setting, &environment, seed).await?.run().await?)
        }
        Verb::Rival { rival, stop, kill, lease } => {
            let crash = if kill.is_some() { CrashAt::new(kill) } else { CrashAt::stopping(stop) };
            let lease = Some(Duration::from_millis(lease));
            let engine = Rival::open(&rival.dir, setting, rival.scenario, crash, lease).await?;
            Ok(engine.act(&rival.heard).await?)
        }
        Verb::Contend { rival, key, gate } => {
            let engine = Rival::open(&rival.dir, setting, rival.scenario, CrashAt::new(None), None).await?;
            Ok(engine.contend(&key, &gate, &rival.heard).await?)
        }
    }
}

async fn run(engine: Engine, setting: &Setting) -> Result<(), BoxError> {
    let crash = CrashAt::new(engine.kill.clone());
    let stage = Stage::open(&engine.dir, setting, engine.scenario, crash.clone()).await?;
    stage.start().await?;
    if engine.scenario.serves_throughout() {
        Trial::open(&engine.dir, &format!("127.0.0.1:{}", stage.eve().ingress_port().await?))?;
    }
    stage.act().await?;
    engine.tell(&Report::new(crash.places()))
}

async fn recover(
    engine: Engine,
    setting: &Setting,
    stranger: Option<usize>,
    repair: bool,
    keep: bool,
) -> Result<(), BoxError> {
    let crash = CrashAt::new(engine.kill.clone());
    let stage = Stage::open(&engine.dir, setting, engine.scenario, crash.clone()).await?;
    let mut deed = None;
    if let Some(number) = stranger {
        let done = stage.meet_stranger(number).await?;
        eprintln!("a stranger {done}");
        deed = Some(done);
    }
    stage.recover().await?;
    if repair {
        stage.repair().await?;
    }
    let end = Some(stage.end_state().await?);
    let journal = EndState::journal(stage.eve()).await?;
    let left = if keep { Vec::new() } else { stage.clear().await? };
    engine.tell(&Report { places: crash.places(), stranger: deed, end, left, journal })
}
