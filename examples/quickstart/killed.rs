//! The last scene: an engine that dies in the middle of its work.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use eve::{Error, ProgressEvent, ProgressStatus, Result, RunRecord, codes};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::scenes::{Stage, expect, program, tell};
use crate::show::Show;
use crate::summary::Summary;

/// An engine in a process of its own.
struct Engine {
    process: Child,
    progress: Lines<BufReader<ChildStdout>>,
}

impl Stage<'_> {
    /// 6. Release 4 under load: its engine is killed in the middle, and another one goes on.
    pub(crate) async fn killed(&self, show: &mut Show, summary: &mut Summary) -> Result<()> {
        show.scene("release 4 is deployed under load, and its engine is killed in the middle");
        self.project.write_release("4", "4")?;
        let load = self.load();
        tokio::time::sleep(Duration::from_secs(1)).await;

        let mut first = self.engine(false)?;
        // Both services are ready by then, and public traffic has not moved.
        first.until(show, |event| event.text.starts_with("hold ") && event.status == ProgressStatus::Started).await?;
        first.kill().await?;
        let at = self.last_run().await?;
        expect(at.is_active(), format!("run {} was over before its engine was killed", at.id))?;
        show.say(&format!("the engine is dead, run {} is open", at.id), &json!({"run": at.id}));

        let mut second = self.engine(true)?;
        second.until(show, |_| false).await?;
        second.ended().await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let tally = load.stop().await;
        summary.add(&tally);
        tell(show, &tally);

        let run = self.last_run().await?;
        expect(run.id == at.id, format!("run {} is not the one that was begun", run.id))?;
        let success = run.outcome.as_ref().is_some_and(eve::event::RunOutcome::is_success);
        expect(success, format!("it ended with {:?}", run.outcome))?;
        let mut attempts: BTreeMap<_, u32> = BTreeMap::new();
        run.attempts.iter().for_each(|attempt| *attempts.entry(attempt.step.clone()).or_default() += 1);
        expect(attempts.values().all(|count| *count == 1), format!("jobs ran more than once: {attempts:?}"))?;
        summary.deploys += 1;
        summary.resumed += u64::from(run.resumed);
        let text = format!("another engine took run {} up and finished it; no job ran twice", run.id);
        show.say(&text, &json!({"run": run.id, "resumed": run.resumed}));
        expect(tally.lost == 0, format!("{} requests were lost: {:?}", tally.lost, tally.causes))?;
        expect(tally.releases.contains_key("1") && tally.releases.contains_key("4"), "traffic did not move".to_owned())
    }

    fn engine(&self, resume: bool) -> Result<Engine> {
        let mut command = Command::new(program()?);
        command.args(["--runtime", self.ground.name(), "engine"]).arg(self.dir);
        if resume {
            command.arg("--resume");
        }
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn();
        let mut process =
            started.map_err(|e| Error::failed(codes::BACKEND_IO, "the engine cannot be started").with_source(e))?;
        let progress = process.stdout.take().map(|stdout| BufReader::new(stdout).lines());
        match progress {
            Some(progress) => Ok(Engine { process, progress }),
            None => Err(Error::internal(codes::INTERNAL_INVARIANT, "the engine has no output")),
        }
    }

    async fn last_run(&self) -> Result<RunRecord> {
        let runs = self.eve.engine().runs(&self.id).await?;
        runs.into_iter().last().ok_or_else(|| Error::not_found(codes::RUN_UNKNOWN, "there is no run"))
    }
}

impl Engine {
    /// Shows its progress until something is reported, or to its end.
    async fn until(&mut self, show: &Show, reached: impl Fn(&ProgressEvent) -> bool) -> Result<()> {
        while let Some(line) = self.progress.next_line().await.map_err(unreadable)? {
            let event: ProgressEvent = serde_json::from_str(&line)
                .map_err(|e| Error::failed(codes::BACKEND_IO, "the engine reports no progress").with_source(e))?;
            show.line(&event);
            if reached(&event) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Ends it without a warning.
    async fn kill(mut self) -> Result<()> {
        self.process
            .kill()
            .await
            .map_err(|e| Error::failed(codes::BACKEND_IO, "the engine is not there").with_source(e))
    }

    async fn ended(mut self) -> Result<()> {
        let status = self.process.wait().await.map_err(unreadable)?;
        expect(status.success(), format!("the engine that took over ended with {status}"))
    }
}

fn unreadable(cause: std::io::Error) -> Error {
    Error::failed(codes::BACKEND_IO, "the engine cannot be followed").with_source(cause)
}
