//! A named, timed part of a check.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::failure::{Failure, Result};
use crate::workspace;

/// Runs a part of a check under a name, and says how long it took.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {name}");
    let start = Instant::now();
    let result = work();
    let seconds = start.elapsed().as_secs_f64();
    match result {
        Ok(value) => {
            println!("<== {name}: ok, {seconds:.1} s");
            Ok(value)
        }
        Err(failure) => {
            println!("<== {name}: failed, {seconds:.1} s");
            Err(failure.of_step(name))
        }
    }
}

/// A program with its arguments, started at the workspace's root and never through a shell.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
    line: String,
}

impl Program {
    pub(crate) fn new(program: &str, args: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(args).current_dir(workspace::root());
        Self { command, line: [&[program], args].concat().join(" ") }
    }

    pub(crate) fn with_env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it with this process's own output.
    pub(crate) fn run(mut self) -> Result {
        let status = self.command.status().map_err(|error| self.cannot(&error))?;
        if status.success() { Ok(()) } else { Err(Failure::ended(&self.line, status)) }
    }

    /// Runs it and returns its standard output.
    pub(crate) fn output(mut self) -> Result<String> {
        let output = self.command.stderr(Stdio::inherit()).output().map_err(|error| self.cannot(&error))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(text);
        }
        if let Some(last) = text.lines().last() {
            eprintln!("{last}");
        }
        Err(Failure::ended(&self.line, output.status))
    }

    fn cannot(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("cannot run `{}`: {error}", self.line))
    }
}
