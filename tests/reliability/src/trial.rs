//! The directory and the processes of one course of events.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::process::Command;

use crate::{Census, Point, Report, Scenario, Setting};

/// How long a supervisor that holds nothing may take to end.
const LINGER: Duration = Duration::from_secs(30);
/// How often it is looked whether the shop has opened.
const TICK: Duration = Duration::from_millis(2);
/// The file with the address of the ingress, once the scenario's start is there.
const OPEN: &str = "open";

/// The directory and the processes of one course of events. Whatever of it is left ends with it.
#[derive(Debug)]
pub struct Trial {
    dir: PathBuf,
    setting: Setting,
    scenario: Scenario,
}

impl Trial {
    /// Makes the directory.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn new(dir: PathBuf, setting: &Setting, scenario: Scenario) -> io::Result<Self> {
        fs::create_dir_all(&dir)?;
        setting.write(&dir)?;
        Ok(Self { dir, setting: setting.clone(), scenario })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What it shares with others.
    pub fn setting(&self) -> &Setting {
        &self.setting
    }

    /// A process of `eve-trial` that plays an engine.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.setting.program());
        command.args(["engine", "--runtime", self.setting.ground().name()]);
        command
    }

    /// What is asked for in it.
    pub fn scenario(&self) -> Scenario {
        self.scenario
    }

    /// Brings the environments to the scenario's start, and asks for what it is about.
    ///
    /// # Errors
    /// Whatever kept the engine from that, if it was not killed.
    pub async fn run(&self, kill: Option<&Point>) -> Result<Ended, String> {
        self.engine("run", kill, &[]).await
    }

    /// Tells everybody that the scenario's start is there, and where the ingress is.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn open(dir: &Path, ingress: &str) -> io::Result<()> {
        // Whole or not at all.
        let draft = dir.join("open.draft");
        fs::write(&draft, ingress)?;
        fs::rename(draft, dir.join(OPEN))
    }

    /// Where the ingress is, as soon as the scenario's start is there.
    pub(crate) async fn opened(&self) -> String {
        loop {
            if let Some(ingress) = self.ingress() {
                return ingress;
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// Where the ingress is, if the scenario's start is there.
    pub(crate) fn ingress(&self) -> Option<String> {
        fs::read_to_string(self.dir.join(OPEN)).ok()
    }

    /// Deletes everything, and nothing else.
    ///
    /// # Errors
    /// Whatever kept the engine from that.
    pub async fn clear(&self) -> Result<Ended, String> {
        self.engine("clear", None, &[]).await
    }

    /// Recovers; lets a stranger act before that, and repairs and deletes everything after it.
    ///
    /// # Errors
    /// Whatever kept the engine from that, if it was not killed.
    pub async fn recover(
        &self,
        kill: Option<&Point>,
        stranger: Option<usize>,
        repairs: bool,
        deletes: bool,
    ) -> Result<Ended, String> {
        let mut more = Vec::new();
        if !deletes {
            more.push("--keep".to_owned());
        }
        if let Some(number) = stranger {
            more.extend(["--stranger".to_owned(), number.to_string()]);
        }
        if repairs {
            more.push("--repair".to_owned());
        }
        self.engine("recover", kill, &more).await
    }

    async fn engine(&self, verb: &str, kill: Option<&Point>, more: &[String]) -> Result<Ended, String> {
        let report = self.dir.join(format!("{verb}.json"));
        let words = self.dir.join(format!("{verb}.err"));
        let mut command = self.command();
        command.args([verb, "--scenario", &self.scenario.name()]).arg("--dir").arg(&self.dir);
        command.arg("--report").arg(&report);
        if let Some(point) = kill {
            command.arg("--kill").arg(point.to_string());
        }
        command.args(more);
        let log = File::create(&words).map_err(|error| format!("{}: {error}", words.display()))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        let waited = tokio::time::timeout(self.setting.ground().patience() * 2, command.status()).await;
        let said = || fs::read_to_string(&words).unwrap_or_default();
        let status = waited.map_err(|_| format!("the engine did not end in time: {}", said()))?;
        let status = status.map_err(|error| format!("the engine cannot be started: {error}"))?;
        if was_killed(status) {
            return Ok(Ended::Killed);
        }
        if !status.success() {
            return Err(format!("the engine ended with {status}: {}", said()));
        }
        let text = fs::read(&report).map_err(|error| format!("no report: {error}"))?;
        let report = serde_json::from_slice(&text).map_err(|error| format!("the report: {error}"))?;
        Ok(Ended::Told(Box::new(report)))
    }

    /// Waits until nothing runs any more; else what does.
    pub async fn quiet(&self) -> Vec<String> {
        let deadline = Instant::now() + LINGER;
        loop {
            let census = Census::of(&self.dir);
            let more = self.setting.ground().left(&self.dir);
            if census.is_empty() && more.is_empty() || Instant::now() > deadline {
                return census.lines().into_iter().chain(more).collect();
            }
            if census.is_empty() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            // To look at a few numbers is cheap, to look at every process is not.
            while census.is_there() && Instant::now() <= deadline {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        /// A service that a dying supervisor starts is found by the next look.
        const LOOKS: usize = 20;
        for _ in 0..LOOKS {
            let left = Census::of(&self.dir);
            left.kill();
            if self.setting.ground().sweep(&self.dir) && left.is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        if std::thread::panicking() {
            return;
        }
        // The folder above goes with the temporary one; this only frees the space early.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// How an engine's process ended.
#[derive(Debug)]
pub enum Ended {
    /// By SIGKILL.
    Killed,
    /// By itself.
    Told(Box<Report>),
}

fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(rustix::process::Signal::KILL.as_raw())
}
