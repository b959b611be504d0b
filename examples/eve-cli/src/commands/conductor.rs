//! A run that this process carries out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use eve::event::RunOutcome;
use eve::{
    Cancel, Embedded, EmbeddedConfig, Engine, EnvironmentId, Result, RunHandle, RunRecord, RunReport, ServiceName,
};
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::time::timeout;

use super::others::Others;
use crate::failure::Failure;
use crate::interrupts::Interrupts;
use crate::writing::{Answer, Output, Screen};

/// A run that this process carries out.
///
/// Runs that an engine before it left open in other environments are finished beside it. In its own
/// environment one that [`asks for the same`](Self::with_same) is finished first: the new run ends
/// any other, and plans from what is there.
///
/// The first request to stop cancels the run and waits for its undo; the second one ends the waiting.
/// Either leaves the runs of other environments open, for the next engine.
pub(super) struct Conductor<'a> {
    output: Output,
    config: EmbeddedConfig,
    environment: &'a EnvironmentId,
    same: &'a dyn Fn(&RunRecord) -> bool,
}

/// How much progress is shown at once.
pub(super) const AT_ONCE: usize = 256;

/// A run that succeeded.
struct Ready {
    report: RunReport,
    urls: BTreeMap<ServiceName, Vec<String>>,
}

impl<'a> Conductor<'a> {
    pub(super) fn new(output: Output, config: EmbeddedConfig, environment: &'a EnvironmentId) -> Self {
        Self { output, config, environment, same: &|_| false }
    }

    /// Says which run that was left open asks for the same.
    pub(super) fn with_same(mut self, same: &'a dyn Fn(&RunRecord) -> bool) -> Self {
        self.same = same;
        self
    }

    /// Runs until the environment is ready, and leaves it running; with `foreground`, in this
    /// process, which holds it until somebody asks to stop and leaves nothing running.
    pub(super) async fn bring_up(
        self,
        foreground: bool,
        begin: impl AsyncFn(&Engine) -> Result<RunHandle>,
    ) -> Result<Answer, Failure> {
        let mut interrupts = Interrupts::listen()?;
        let config = if foreground { self.config.clone().in_process() } else { self.config.clone() };
        let embedded = interrupts.end(Box::pin(Embedded::open(config))).await?;
        let screen = Screen::new();
        let running = self.run(embedded.engine(), &screen, &mut interrupts, begin);
        let (ended, others) = Box::pin(running).await;
        if let Ok(ready) = &ended {
            self.announce(&screen, ready, foreground);
        }
        others.finish(&screen, &mut interrupts).await;
        if foreground && ended.is_ok() && !interrupts.any() {
            interrupts.next().await;
        }
        embedded.leave().await;
        let text = if foreground { "stopped" } else { "" };
        let ended = ended.map(|ready| Self::answer(text, &ready));
        end(screen, &mut interrupts, &ended).await;
        ended
    }

    /// Runs to the end.
    pub(super) async fn take_down(self, begin: impl AsyncFn(&Engine) -> Result<RunHandle>) -> Result<Answer, Failure> {
        let mut interrupts = Interrupts::listen()?;
        let embedded = interrupts.end(Box::pin(Embedded::open(self.config.clone()))).await?;
        let screen = Screen::new();
        let running = self.run(embedded.engine(), &screen, &mut interrupts, begin);
        let (ended, others) = Box::pin(running).await;
        others.finish(&screen, &mut interrupts).await;
        embedded.leave().await;
        let ended = ended.map(|ready| Self::answer("done", &ready));
        end(screen, &mut interrupts, &ended).await;
        ended
    }

    /// Runs to the end, and tells which other runs go on beside it.
    async fn run(
        &self,
        engine: &Engine,
        screen: &Screen,
        interrupts: &mut Interrupts,
        begin: impl AsyncFn(&Engine) -> Result<RunHandle>,
    ) -> (Result<Ready, Failure>, Others) {
        let left = match interrupts.end(engine.unfinished()).await {
            Ok(left) => left,
            Err(error) => return (Err(error.into()), Others::default()),
        };
        let (own, others): (Vec<_>, Vec<_>) = left.into_iter().partition(|run| run.environment == *self.environment);
        let others = Others::take_up(engine, others);
        let ended = async {
            if own.iter().any(|left| (self.same)(left)) {
                self.go_on(engine, screen, interrupts).await?;
            }
            let run = interrupts.end(begin(engine)).await?;
            let report = Self::follow(&run, screen, interrupts).await?;
            match Failure::of_run(&report) {
                Some(failure) => Err(failure),
                None => Ok(Ready { urls: engine.urls(&report.environment).await?, report }),
            }
        };
        (ended.await, others)
    }

    /// Finishes the run of its own environment that was left open.
    async fn go_on(&self, engine: &Engine, screen: &Screen, interrupts: &mut Interrupts) -> Result<(), Failure> {
        let Some(run) = interrupts.end(engine.recover_in(self.environment)).await? else { return Ok(()) };
        screen.note(&format!("run {} of {} was interrupted, and is finished first", run.id(), run.environment()));
        let report = Self::follow(&run, screen, interrupts).await?;
        if interrupts.any() {
            return Err(Cancel::error().into());
        }
        note_failure(&report, screen);
        Ok(())
    }

    /// Shows a run's progress, and waits for its end; until somebody asks twice to stop.
    async fn follow(run: &RunHandle, screen: &Screen, interrupts: &mut Interrupts) -> Result<RunReport, Failure> {
        let mut events = run.events().ready_chunks(AT_ONCE);
        let mut is_cancelled = false;
        loop {
            tokio::select! {
                events = events.next() => match events {
                    Some(events) => screen.show(events),
                    None => return Ok(run.wait().await?),
                },
                () = interrupts.next() => {
                    if is_cancelled {
                        return Err(Failure::of_left(run));
                    }
                    is_cancelled = true;
                    run.cancel();
                    screen.note("stopping: what was done is being undone; once more leaves that to the next engine");
                }
            }
        }
    }

    fn announce(&self, screen: &Screen, Ready { report, urls }: &Ready, foreground: bool) {
        let environment = &report.environment;
        let object =
            || json!({ "event": "ready", "environment": environment.to_string(), "run": report.run, "urls": urls });
        let text = || {
            let mut text = format!("{environment} is ready");
            for (service, urls) in urls {
                for url in urls {
                    let _ = write!(text, "\n  {service}  {url}");
                }
            }
            if foreground {
                text.push_str("\nCtrl-C stops it");
            } else {
                let _ = write!(text, "\nit runs on; `eve env delete {}` ends it", environment.env);
            }
            text.into_bytes()
        };
        screen.result(self.output.form(object, text));
    }

    fn answer(text: &str, Ready { report, urls }: &Ready) -> Answer {
        let answer = Answer::ok(text)
            .with("environment", report.environment.to_string())
            .with("run", &report.run)
            .with("unchanged", report.outcome.is_unchanged());
        match &report.outcome {
            RunOutcome::Succeeded { release, operations, .. } => {
                answer.with("release", release).with("operations", operations).with("urls", urls)
            }
            _ => answer,
        }
    }
}

/// Waits until progress is written. Nobody may be reading: who asks to stop then ends the process as the command
/// ended, and what could not be written either is not tried.
async fn end(screen: Screen, interrupts: &mut Interrupts, ended: &Result<Answer, Failure>) {
    /// How long what is left may take where somebody reads: the request may be older than the waiting.
    const MOMENT: Duration = Duration::from_millis(500);

    let mut written = std::pin::pin!(screen.end());
    tokio::select! {
        () = &mut written => return,
        () = interrupts.next() => {}
    }
    if timeout(MOMENT, written).await.is_err() {
        let exit = ended.as_ref().map_or_else(|failure| failure.exit, |answer| answer.exit);
        std::process::exit(exit.into());
    }
}

/// Says why a run did not succeed that is not this command's own.
pub(super) fn note_failure(report: &RunReport, screen: &Screen) {
    if let Some(failure) = Failure::of_run(report) {
        screen.note(&format!("run {} ended: {}: {}", report.run, failure.code, failure.message));
    }
}

/// Who asks, for the ledger: the user by the system's name for them.
pub(super) fn requested_by() -> String {
    std::env::var("USER").ok().filter(|user| !user.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
