//! A run that this process carries out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use eve::event::RunOutcome;
use eve::{
    Cancel, Embedded, EmbeddedConfig, Engine, EnvironmentId, Result, RunHandle, RunRecord, RunReport, ServiceName,
};
use futures_util::StreamExt as _;
use serde_json::json;

use crate::failure::Failure;
use crate::interrupts::Interrupts;
use crate::writing::{Answer, Output, Screen};

/// A run that this process carries out.
///
/// Runs that an engine before it left open in other environments are finished first. In its own
/// environment only one that [`asks for the same`](Self::with_same): the new run ends any other, and
/// plans from what is there.
///
/// The first request to stop cancels the run and waits for its undo; later ones change nothing.
pub(super) struct Conductor<'a> {
    output: Output,
    config: EmbeddedConfig,
    environment: &'a EnvironmentId,
    same: &'a dyn Fn(&RunRecord) -> bool,
}

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
        let embedded = Embedded::open(config).await?;
        let ended = self.run(embedded.engine(), &mut interrupts, begin).await;
        if let Ok(ready) = &ended {
            self.announce(ready, foreground);
            if foreground {
                interrupts.next().await;
            }
        }
        embedded.shutdown().await;
        let text = if foreground { "stopped" } else { "" };
        ended.map(|ready| Self::answer(text, &ready))
    }

    /// Runs to the end.
    pub(super) async fn take_down(self, begin: impl AsyncFn(&Engine) -> Result<RunHandle>) -> Result<Answer, Failure> {
        let mut interrupts = Interrupts::listen()?;
        let embedded = Embedded::open(self.config.clone()).await?;
        let ended = self.run(embedded.engine(), &mut interrupts, begin).await;
        embedded.shutdown().await;
        Ok(Self::answer("done", &ended?))
    }

    async fn run(
        &self,
        engine: &Engine,
        interrupts: &mut Interrupts,
        begin: impl AsyncFn(&Engine) -> Result<RunHandle>,
    ) -> Result<Ready, Failure> {
        let mut screen = Screen::new();
        for left in engine.unfinished().await? {
            if left.environment == *self.environment && !(self.same)(&left) {
                continue;
            }
            let Some(run) = engine.recover_in(&left.environment).await? else { continue };
            let (id, environment) = (run.id(), run.environment());
            screen.note(&format!("run {id} of {environment} was interrupted, and is finished first"));
            let report = Self::follow(&run, &mut screen, interrupts).await?;
            if matches!(report.outcome, RunOutcome::Cancelled { .. }) {
                return Err(Cancel::error().into());
            }
            if let Some(failure) = Failure::of_run(&report) {
                screen.note(&format!("run {id} ended: {}: {}", failure.code, failure.message));
            }
        }
        let run = tokio::select! {
            run = begin(engine) => run?,
            () = interrupts.next() => return Err(Cancel::error().into()),
        };
        let report = Self::follow(&run, &mut screen, interrupts).await?;
        if let Some(failure) = Failure::of_run(&report) {
            return Err(failure);
        }
        let urls = engine.urls(&report.environment).await?;
        Ok(Ready { report, urls })
    }

    /// Shows a run's progress, and waits for its end.
    async fn follow(run: &RunHandle, screen: &mut Screen, interrupts: &mut Interrupts) -> Result<RunReport> {
        let mut events = run.events();
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => screen.show(&event),
                    None => return run.wait().await,
                },
                () = interrupts.next() => {
                    run.cancel();
                    screen.note("stopping: what was done is being undone");
                }
            }
        }
    }

    fn announce(&self, Ready { report, urls }: &Ready, foreground: bool) {
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
        self.output.part(object, text);
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

/// Who asks, for the ledger: the user by the system's name for them.
pub(super) fn requested_by() -> String {
    std::env::var("USER").ok().filter(|user| !user.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
