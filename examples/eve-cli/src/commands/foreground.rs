//! A run that this process holds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use eve::event::RunOutcome;
use eve::{Cancel, Embedded, EmbeddedConfig, Engine, Result, RunHandle, RunReport, ServiceName, codes};
use futures_util::StreamExt as _;
use serde_json::json;

use crate::failure::Failure;
use crate::interrupts::Interrupts;
use crate::writing::{Answer, Output, Screen};

/// A run that this process holds, with everything that the run starts.
///
/// The first request to stop cancels the run and waits for its undo; later ones change nothing.
/// However it ends, nothing is left running.
#[derive(Debug)]
pub(super) struct Foreground {
    output: Output,
    config: EmbeddedConfig,
}

/// A run that succeeded.
struct Ready {
    report: RunReport,
    urls: BTreeMap<ServiceName, Vec<String>>,
}

impl Foreground {
    /// How long the lease of an engine that was killed is waited for, and how often it is tried.
    /// The state's lock is ours: nobody can renew that lease.
    const LEASE: Duration = Duration::from_mins(1);
    const AGAIN: Duration = Duration::from_millis(500);

    pub(super) fn new(output: Output, config: EmbeddedConfig) -> Self {
        Self { output, config }
    }

    /// Runs to the end, then holds what runs until somebody asks to stop.
    pub(super) async fn hold(self, begin: impl AsyncFn(&Engine) -> Result<RunHandle>) -> Result<Answer, Failure> {
        let mut interrupts = Interrupts::listen()?;
        let embedded = Embedded::open(self.config.clone()).await?;
        let ended = self.run(embedded.engine(), &mut interrupts, begin).await;
        if let Ok(ready) = &ended {
            self.announce(ready);
            interrupts.next().await;
        }
        embedded.shutdown().await;
        ended.map(|ready| Self::answer(&ready))
    }

    /// Runs to the end.
    pub(super) async fn finish(self, begin: impl AsyncFn(&Engine) -> Result<RunHandle>) -> Result<Answer, Failure> {
        let mut interrupts = Interrupts::listen()?;
        let embedded = Embedded::open(self.config.clone()).await?;
        let ended = self.run(embedded.engine(), &mut interrupts, begin).await;
        embedded.shutdown().await;
        let answer = Self::answer(&ended?);
        Ok(Answer { text: "done".to_owned(), ..answer })
    }

    async fn run(
        &self,
        engine: &Engine,
        interrupts: &mut Interrupts,
        begin: impl AsyncFn(&Engine) -> Result<RunHandle>,
    ) -> Result<Ready, Failure> {
        let mut screen = Screen::new();
        let run = tokio::select! {
            run = Self::begin(engine, &screen, begin) => run?,
            () = interrupts.next() => return Err(Cancel::error().into()),
        };
        let mut events = run.events();
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => screen.show(&event),
                    None => break,
                },
                () = interrupts.next() => {
                    run.cancel();
                    screen.note("stopping: what was done is being undone");
                }
            }
        }
        let report = run.wait().await?;
        if let Some(failure) = Failure::of_run(&report) {
            return Err(failure);
        }
        let urls = engine.urls(&report.environment).await?;
        Ok(Ready { report, urls })
    }

    /// Begins the run, once the lease of an engine that was killed is over.
    async fn begin(
        engine: &Engine,
        screen: &Screen,
        begin: impl AsyncFn(&Engine) -> Result<RunHandle>,
    ) -> Result<RunHandle> {
        let tries = Self::LEASE.as_millis() / Self::AGAIN.as_millis();
        for attempt in 0..tries {
            match begin(engine).await {
                Err(error) if *error.code() == codes::LEASE_HELD => {
                    if attempt == 0 {
                        screen.note("waiting until the lease of an engine that went away is over");
                    }
                    tokio::time::sleep(Self::AGAIN).await;
                }
                done => return done,
            }
        }
        begin(engine).await
    }

    fn announce(&self, Ready { report, urls }: &Ready) {
        let object = || json!({ "event": "ready", "environment": report.environment.to_string(), "run": report.run, "urls": urls });
        let text = || {
            let mut text = format!("{} is ready", report.environment);
            for (service, urls) in urls {
                for url in urls {
                    let _ = write!(text, "\n  {service}  {url}");
                }
            }
            text.push_str("\nCtrl-C stops it");
            text.into_bytes()
        };
        self.output.part(object, text);
    }

    fn answer(Ready { report, urls }: &Ready) -> Answer {
        let answer = Answer::ok("stopped")
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
