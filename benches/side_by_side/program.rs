//! A program as a whole process.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::Failure;

/// How long a program may take.
const PATIENCE: Duration = Duration::from_mins(10);
/// How long one that builds another may take, from nothing and on few cores.
const BUILDING: Duration = Duration::from_hours(1);

/// A program with its arguments, run as a whole process.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    words: Vec<String>,
    variables: Vec<(String, String)>,
    patience: Duration,
}

impl Program {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let words = vec![program.as_ref().to_string_lossy().into_owned()];
        Self { words, variables: Vec::new(), patience: PATIENCE }
    }

    /// Gives it the time to build something.
    pub(crate) fn that_builds(mut self) -> Self {
        self.patience = BUILDING;
        self
    }

    pub(crate) fn with<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.words.extend(words.into_iter().map(str::to_owned));
        self
    }

    pub(crate) fn with_path(mut self, path: &Path) -> Self {
        self.words.push(path.to_string_lossy().into_owned());
        self
    }

    pub(crate) fn with_variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Runs it, and returns how long it took from its start to its end.
    pub(crate) async fn time(&self) -> Result<Duration, Failure> {
        let begin = Instant::now();
        self.output().await?;
        Ok(begin.elapsed())
    }

    /// Runs it, and returns what it wrote to standard output.
    pub(crate) async fn output(&self) -> Result<String, Failure> {
        self.output_in(Path::new("/")).await
    }

    /// Runs it, and returns when it wrote the last line to standard error that has these words in it.
    pub(crate) async fn last_said(&self, words: &str) -> Result<Option<Instant>, Failure> {
        let mut command = self.command(Path::new("/"));
        let mut running = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let mut said = Vec::new();
        let mut last = None;
        if let Some(stderr) = running.stderr.take() {
            let mut lines = BufReader::new(stderr).lines();
            while let Some(line) = lines.next_line().await? {
                last = if line.contains(words) { Some(Instant::now()) } else { last };
                said.push(line);
            }
        }
        let status = running.wait().await?;
        if status.success() {
            Ok(last)
        } else {
            Err(format!("`{self}` ended with {status}: {}", said.join("\n")).into())
        }
    }

    fn command(&self, dir: &Path) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(dir).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs it in a folder.
    pub(crate) async fn output_in(&self, dir: &Path) -> Result<String, Failure> {
        let mut command = self.command(dir);
        let ended = tokio::time::timeout(self.patience, command.output()).await;
        let output = ended.map_err(|_| format!("`{self}` takes more than {:?}", self.patience))?;
        let output = output.map_err(|cause| format!("`{self}` cannot be run: {cause}"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(format!("`{self}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr)).into())
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.words.join(" "))
    }
}
