//! Runs of other environments.

use eve::{Engine, EnvironmentId, Error, Result, RunHandle, RunRecord, codes};
use futures_util::StreamExt as _;
use tokio::task::JoinHandle;

use super::conductor::{AT_ONCE, note_failure};
use crate::interrupts::Interrupts;
use crate::writing::Screen;

/// Runs of other environments that an engine before this one left open. They go on beside the run
/// that was asked for, and nothing of them makes it fail.
#[derive(Debug, Default)]
pub(super) struct Others(Vec<(EnvironmentId, JoinHandle<Result<Option<RunHandle>>>)>);

impl Others {
    /// Takes them up, without waiting for it.
    pub(super) fn take_up(engine: &Engine, left: Vec<RunRecord>) -> Self {
        let begin = |left: RunRecord| {
            let (engine, environment) = (engine.clone(), left.environment.clone());
            (left.environment, tokio::spawn(async move { engine.recover_in(&environment).await }))
        };
        Self(left.into_iter().map(begin).collect())
    }

    /// Shows them and waits for their end. Once somebody asks to stop they stay open, for the next
    /// engine.
    pub(super) async fn finish(self, screen: &Screen, interrupts: &mut Interrupts) {
        for (environment, begun) in self.0 {
            let ended = async {
                if interrupts.any() {
                    return Err(eve::Cancel::error());
                }
                interrupts.end(follow(begun, screen)).await
            };
            match ended.await {
                Ok(()) => {}
                Err(_) if interrupts.any() => {
                    screen.note(&format!("the run of {environment} that was interrupted is left to the next engine"));
                }
                Err(error) => {
                    let text = "the run that was interrupted is not finished";
                    screen.note(&format!("{text} in {environment}: {}: {}", error.code(), error.chain()));
                }
            }
        }
    }
}

async fn follow(begun: JoinHandle<Result<Option<RunHandle>>>, screen: &Screen) -> Result<()> {
    let begun =
        begun.await.map_err(|e| Error::internal(codes::INTERNAL_INVARIANT, "taking it up broke off").with_source(e));
    let Some(run) = begun?? else { return Ok(()) };
    screen.note(&format!("run {} of {} was interrupted, and is finished as well", run.id(), run.environment()));
    let mut events = run.events().ready_chunks(AT_ONCE);
    while let Some(events) = events.next().await {
        screen.show(events);
    }
    note_failure(&run.wait().await?, screen);
    Ok(())
}
