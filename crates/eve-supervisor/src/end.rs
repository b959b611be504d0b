//! Ending a supervisor from outside.

use std::path::Path;
use std::time::Duration;

use eve_core::{Error, Result, codes};
use rustix::process::{Pid, Signal, kill_process};

use crate::holder;

/// How often it is looked whether it is gone.
const POLL: Duration = Duration::from_millis(20);
/// How long it may take: services may each take their time to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends the supervisor of a state directory with everything that it holds, and returns when it is
/// gone. Where none runs there is nothing to do.
///
/// # Errors
/// `deadline.exceeded` if it is there after a minute; `state.io`.
pub async fn end(dir: impl AsRef<Path>) -> Result<()> {
    let dir = dir.as_ref();
    let Some(first) = holder(dir)? else { return Ok(()) };
    let gone = async {
        let mut asked = None;
        while let Some(pid) = holder(dir)?.filter(|pid| asked.is_none_or(|asked| asked == *pid)) {
            // One that has just begun has not said who it is.
            if let Some(process) = i32::try_from(pid).ok().and_then(Pid::from_raw).filter(|_| asked.is_none()) {
                // Where it fails the process is gone already.
                let _ = kill_process(process, Signal::TERM);
                asked = Some(pid);
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap_or_else(|_| {
        let text = format!("process {first} still holds what runs in {}", dir.display());
        Err(Error::deadline_exceeded(codes::DEADLINE_EXCEEDED, text).with_hint("look into supervisor/log there"))
    })
}
