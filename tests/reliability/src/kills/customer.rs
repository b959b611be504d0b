//! An engine that deploys one release after another.

use std::path::{Path, PathBuf};
use std::time::Duration;

use eve::event::RunOutcome;
use eve::{Error, Result, RunHandle, codes};

use crate::{Ask, CrashAt, Diary, Orders, Scenario, Setting, Stage};

/// How long between two questions whether something has passed.
const PAUSE: Duration = Duration::from_millis(200);
/// The file whose presence says that nothing more is to be asked for.
const CLOSED: &str = "closed";

/// An engine in a process of its own that deploys one release after another to one environment, and
/// keeps a diary. One that comes after a killed one goes on with what was not heard of.
#[derive(Debug)]
pub struct Customer {
    stage: Stage,
    diary: Diary,
    dir: PathBuf,
    environment: String,
    seed: u64,
}

impl Customer {
    /// Opens an engine in a trial's directory; again, where the supervisor that it starts is killed.
    ///
    /// # Errors
    /// Whatever opening answers and does not pass.
    pub async fn open(dir: &Path, setting: &Setting, environment: &str, seed: u64) -> Result<Self> {
        let stage = loop {
            match Stage::open(dir, setting, Scenario::TwoEnvironments, CrashAt::new(None)).await {
                Err(error) if error.is_retryable() => eprintln!("{}: {}", error.code(), error.chain()),
                opened => break opened?,
            }
            tokio::time::sleep(PAUSE).await;
        };
        let diary = Diary::new(dir, environment);
        Ok(Self { stage, diary, dir: dir.to_owned(), environment: environment.to_owned(), seed })
    }

    /// Tells all customers of a trial to ask for nothing more.
    ///
    /// # Errors
    /// If that cannot be written.
    pub fn close(dir: &Path) -> std::io::Result<()> {
        std::fs::write(dir.join(CLOSED), "")
    }

    /// Takes up what an engine before this one left, and goes on until the shop closes.
    ///
    /// # Errors
    /// Whatever does not pass.
    pub async fn run(self) -> Result<()> {
        self.recover().await?;
        let pages = self.diary.pages().map_err(unwritten)?;
        let mut is_open = pages.last().is_some_and(|page| page.heard.is_none());
        let heard = pages.iter().filter(|page| page.heard.is_some()).count();
        for ask in Orders::new(&self.environment, self.seed).skip(heard) {
            if !is_open && self.dir.join(CLOSED).exists() {
                break;
            }
            is_open = false;
            self.order(&ask).await?;
        }
        self.stage.close().await;
        Ok(())
    }

    async fn order(&self, ask: &Ask) -> Result<()> {
        self.diary.ask(&ask.key).map_err(unwritten)?;
        let begun = loop {
            match self.stage.ask(ask).await {
                Ok(begun) => break begun,
                Err(error) if *error.code() == codes::RELEASE_NONE_HEALTHY => {
                    return self.diary.hear_refusal(error.code().as_str()).map_err(unwritten);
                }
                // Another engine took up what this one's forerunner left, and may have died meanwhile.
                Err(error) if *error.code() == codes::LEASE_HELD => self.recover().await?,
                Err(error) if error.is_retryable() => eprintln!("{}: {}", error.code(), error.chain()),
                Err(error) => return Err(error),
            }
            tokio::time::sleep(PAUSE).await;
        };
        let outcome = match begun {
            Some(run) => self.over(&run).await?,
            None => self.found_over(ask).await?,
        };
        let ended = match outcome {
            RunOutcome::Succeeded { .. } => "succeeded".to_owned(),
            RunOutcome::Failed { fault, .. } => format!("failed {}", fault.code),
            _ => "cancelled".to_owned(),
        };
        self.diary.hear(&ended).map_err(unwritten)
    }

    /// Waits for a run that may be another engine's.
    async fn over(&self, run: &RunHandle) -> Result<RunOutcome> {
        loop {
            match tokio::time::timeout(PAUSE, run.wait()).await {
                Ok(Ok(report)) => return Ok(report.outcome),
                Ok(Err(error)) => eprintln!("{}: {}", error.code(), error.chain()),
                Err(_) => {}
            }
            self.recover().await?;
        }
    }

    /// Waits for a run that was begun before and has no handle.
    async fn found_over(&self, ask: &Ask) -> Result<RunOutcome> {
        loop {
            let runs = self.stage.eve().engine().runs(&self.stage.environment(&ask.environment)).await?;
            let run = runs.into_iter().find(|run| run.requested_by == ask.key);
            if let Some(outcome) = run.and_then(|run| run.outcome) {
                return Ok(outcome);
            }
            self.recover().await?;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Takes up every run whose engine went away, and waits for them.
    async fn recover(&self) -> Result<()> {
        loop {
            match self.stage.eve().engine().recover().await {
                Ok(runs) => {
                    for run in runs {
                        // How it ended is heard by whoever asked for it.
                        if let Err(error) = run.wait().await {
                            eprintln!("{}: {}", error.code(), error.chain());
                        }
                    }
                    return Ok(());
                }
                Err(error) if error.is_retryable() => eprintln!("{}: {}", error.code(), error.chain()),
                Err(error) => return Err(error),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn unwritten(cause: std::io::Error) -> Error {
    Error::failed(codes::BACKEND_IO, "the diary cannot be kept").with_source(cause)
}
