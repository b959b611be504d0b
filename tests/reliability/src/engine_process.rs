//! An engine in a process of its own.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use crate::Trial;

/// How long one may take for anything that it is waited for.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often it is looked.
const TICK: Duration = Duration::from_millis(5);

/// An engine in a process of its own, which ends when this is dropped.
#[derive(Debug)]
pub struct EngineProcess {
    child: Child,
    pid: Pid,
    log: PathBuf,
}

impl EngineProcess {
    /// Starts `eve-trial engine ARGUMENTS --dir DIR`. What it says is added to the file `NAME.err`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(trial: &Trial, name: &str, arguments: &[&str]) -> io::Result<Self> {
        let log = trial.dir().join(format!("{name}.err"));
        let said = OpenOptions::new().create(true).append(true).open(&log)?;
        let mut command = trial.command();
        command.args(arguments).arg("--dir").arg(trial.dir());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said).kill_on_drop(true);
        let child = command.spawn()?;
        let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        let pid = pid.ok_or_else(|| io::Error::other("the engine has no process id"))?;
        Ok(Self { child, pid, log })
    }

    /// Fails if it has ended.
    ///
    /// # Errors
    /// With what it said.
    pub fn check(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.told(status)),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// If it is not there.
    pub fn signal(&mut self, signal: Signal) -> Result<(), String> {
        // Not waited for, its number is nobody else's.
        self.check()?;
        kill_process(self.pid, signal).map_err(|error| error.to_string())
    }

    /// Waits for its end by SIGKILL.
    ///
    /// # Errors
    /// If it ends in another way.
    pub async fn killed(mut self) -> Result<(), String> {
        let status = self.wait().await?;
        if status.signal() == Some(Signal::KILL.as_raw()) { Ok(()) } else { Err(self.told(status)) }
    }

    /// Waits for its good end.
    ///
    /// # Errors
    /// If it ends in another way.
    pub async fn ended(mut self) -> Result<(), String> {
        let status = self.wait().await?;
        if status.success() { Ok(()) } else { Err(self.told(status)) }
    }

    /// Waits until it is stopped.
    ///
    /// # Errors
    /// If it ends instead, or does neither.
    pub async fn stopped(&mut self) -> Result<(), String> {
        let path = format!("/proc/{}/stat", self.pid.as_raw_nonzero());
        let stopping = async {
            loop {
                self.check()?;
                let stat = fs::read_to_string(&path).map_err(|error| error.to_string())?;
                // The state follows the command's name, which stands in parentheses.
                if stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T')) {
                    return Ok(());
                }
                tokio::time::sleep(TICK).await;
            }
        };
        tokio::time::timeout(PATIENCE, stopping).await.map_err(|_| "the engine was not stopped in time".to_owned())?
    }

    async fn wait(&mut self) -> Result<ExitStatus, String> {
        match tokio::time::timeout(PATIENCE, self.child.wait()).await {
            Ok(status) => status.map_err(|error| error.to_string()),
            Err(_) => Err(format!("the engine did not end in time: {}", self.said())),
        }
    }

    fn told(&self, status: ExitStatus) -> String {
        format!("the engine ended with {status}: {}", self.said())
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}
