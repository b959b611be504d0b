//! An engine that is not alone on its state directory.

use std::fs;
use std::path::Path;
use std::time::Duration;

use eve::event::Undo;
use eve::{Error, Result, RunReport, codes};
use serde::{Deserialize, Serialize};

use crate::{CrashAt, Scenario, Setting, Stage};

/// How often it is looked whether the gate is open.
const TICK: Duration = Duration::from_millis(1);

/// What an engine that is not alone heard in the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The code of what ended its run, or kept it from beginning; none if it succeeded.
    pub code: Option<String>,
    /// The code of what kept it from undoing what it had done, if anything did.
    pub undo: Option<String>,
    /// What came of the call in which it was stopped: `done`, or a code.
    pub late: Option<String>,
}

impl Heard {
    /// True if it was told that somebody else has the environment now.
    pub fn has_lost(&self) -> bool {
        [&self.code, &self.undo].into_iter().flatten().any(|code| code == codes::LEASE_LOST.as_str())
    }
}

/// An engine that is not alone on its state directory: what it does, in a process of its own.
#[derive(Debug)]
pub struct Rival {
    stage: Stage,
    crash: CrashAt,
}

impl Rival {
    /// Opens an engine in a trial's directory whose leases hold so long.
    ///
    /// # Errors
    /// Whatever opening answers.
    pub async fn open(
        dir: &Path,
        setting: &Setting,
        scenario: Scenario,
        crash: CrashAt,
        lease: Option<Duration>,
    ) -> Result<Self> {
        let stage = Stage::open_leased(dir, setting, scenario, crash.clone(), lease).await?;
        Ok(Self { stage, crash })
    }

    /// Comes to the scenario's start, does what it is about, and writes down what it heard.
    ///
    /// # Errors
    /// If it does not come to the start, or cannot write.
    pub async fn act(self, heard: &Path) -> Result<()> {
        self.stage.start().await?;
        self.crash.arm();
        let report = self.ask(Scenario::ASKED).await;
        self.crash.disarm();
        self.tell(report, heard).await
    }

    /// Asks with a key of its own as soon as a file is there, and writes down what it heard.
    ///
    /// # Errors
    /// If it cannot write.
    pub async fn contend(self, key: &str, gate: &Path, heard: &Path) -> Result<()> {
        while !gate.exists() {
            tokio::time::sleep(TICK).await;
        }
        let report = self.ask(key).await;
        self.tell(report, heard).await
    }

    async fn ask(&self, key: &str) -> Result<Option<RunReport>> {
        let mut last = None;
        for mut ask in self.stage.scenario().asks() {
            ask.key = format!("{key}-{}", ask.environment);
            if let Some(run) = self.stage.ask(&ask).await? {
                last = Some(run.wait().await?);
            }
        }
        Ok(last)
    }

    async fn tell(self, report: Result<Option<RunReport>>, file: &Path) -> Result<()> {
        let undo = match report.as_ref().map(|report| report.as_ref().and_then(RunReport::undo)) {
            Ok(Some(Undo::Incomplete { fault, .. })) => Some(fault.code.to_string()),
            _ => None,
        };
        let ended = report.and_then(|report| report.map_or(Ok(()), |report| report.into_result().map(drop)));
        let code = ended.err().map(|error| error.code().to_string());
        let heard = Heard { code, undo, late: self.crash.late() };
        self.stage.close().await;
        let unwritten = || Error::failed(codes::BACKEND_IO, "what was heard cannot be written");
        let text = serde_json::to_vec(&heard).map_err(|cause| unwritten().with_source(cause))?;
        fs::write(file, text).map_err(|cause| unwritten().with_source(cause))
    }
}
