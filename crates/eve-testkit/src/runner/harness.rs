//! What the runner suite needs of a backend's author.

use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{AttemptSpec, Env, Result, Runner, SystemEnv};

/// Makes runners, and attempts that behave as the cases need.
///
/// Each fixture is handed a spec with id, environment and time-out, and sets what makes it behave:
/// command line, artifact, folder, variables.
#[async_trait]
pub trait RunnerHarness: Send + Sync {
    /// A runner that holds nothing of the suite's environments. Asked for once a case.
    ///
    /// # Errors
    /// Whatever keeps the backend from being there.
    async fn runner(&self) -> Result<Arc<dyn Runner>>;

    /// Time and randomness, the same that the runner uses. By default the system's.
    fn env(&self) -> Arc<dyn Env> {
        Arc::new(SystemEnv::new())
    }

    /// Ends with this code.
    fn exits(&self, spec: AttemptSpec, code: i32) -> AttemptSpec;

    /// Ends with the code that this file holds as a decimal number. None if the runner puts no files in
    /// place, or the harness has no program that reads one.
    fn exits_by_file(&self, spec: AttemptSpec, path: &str) -> Option<AttemptSpec> {
        let _ = (spec, path);
        None
    }

    /// Runs for minutes.
    fn runs_long(&self, spec: AttemptSpec) -> AttemptSpec;

    /// Writes this many lines, `line 1`, `line 2` and so on, and ends with 0.
    fn prints(&self, spec: AttemptSpec, lines: usize) -> AttemptSpec;

    /// Leaves one file of this name and text in the folder that `EVE_ARTIFACTS` names, and ends
    /// with 0. None if the runner keeps no files: it then has to say so when it is asked for them.
    fn leaves_file(&self, spec: AttemptSpec, name: &str, text: &str) -> Option<AttemptSpec>;

    /// Starts from an image or artifact that nobody has. Only asked for if the runner
    /// [provisions](Runner::provision); the suite then reports it if there is none.
    fn unobtainable(&self, spec: AttemptSpec) -> Option<AttemptSpec> {
        let _ = spec;
        None
    }

    /// Ends with 0, from an image that only a registry has at the time of the call. None for backends that
    /// fetch nothing. Asked for once a case.
    ///
    /// # Errors
    /// Whatever keeps the image from being there.
    async fn to_be_fetched(&self, spec: AttemptSpec) -> Result<Option<AttemptSpec>> {
        let _ = spec;
        Ok(None)
    }

    /// Stops what a runner runs in this process.
    async fn close(&self, runner: Arc<dyn Runner>) {
        drop(runner);
    }
}
