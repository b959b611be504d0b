//! What the system may tell the process.

use std::io;

use eve_core::{Error, Result, codes};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals of the process: two end it politely, the others are taken and mean nothing.
///
/// Taking them undoes what the process inherited: who started it may have had them ignored, and the
/// ends of children would get lost.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    _ignored: [Signal; 3],
}

impl Signals {
    /// # Errors
    /// `supervisor.unavailable`.
    pub(super) fn new() -> Result<Self> {
        let take = || -> io::Result<Self> {
            let child = signal(SignalKind::child())?;
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
                _ignored: [child, signal(SignalKind::hangup())?, signal(SignalKind::pipe())?],
            })
        };
        take().map_err(|e| {
            Error::unavailable(codes::SUPERVISOR_UNAVAILABLE, "the supervisor's signals cannot be taken").with_source(e)
        })
    }

    /// Waits until the process is asked to end.
    pub(super) async fn asked_to_end(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
