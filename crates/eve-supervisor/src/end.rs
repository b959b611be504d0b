//! Ending a supervisor from outside.

use std::path::Path;
use std::time::Duration;

use eve_core::{Error, Result, codes};
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::UnixStream;

use crate::address::Address;
use crate::holder;
use crate::place::Place;

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
    let place = Place::of(dir)?;
    let Some(first) = holder(dir)? else { return Ok(()) };
    let gone = async {
        let mut asked = None;
        while let Some(pid) = holder(dir)?.filter(|pid| asked.is_none_or(|asked| asked == *pid)) {
            if asked.is_none() && ask(&place).await {
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

/// Asks whoever listens to end; false if nobody does. The lock's text does not tell: until a new
/// supervisor has written it, it may name a process that is a stranger by now.
async fn ask(place: &Place) -> bool {
    let Ok(address) = Address::of(place) else { return false };
    let Ok(socket) = UnixStream::connect(address.path()).await else { return false };
    let pid = socket.peer_cred().ok().and_then(|listener| listener.pid()).and_then(Pid::from_raw);
    // Where it fails the process is gone already.
    pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok())
}
