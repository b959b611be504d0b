//! Ctrl-C and its kin.

use eve::{Error, Result, codes};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Requests to stop from outside: Ctrl-C, a polite kill, a terminal that goes away. While this
/// lives, none of them ends the process by itself.
#[derive(Debug)]
pub(crate) struct Interrupts {
    count: watch::Receiver<u32>,
}

impl Interrupts {
    /// Begins to listen. Needs a tokio runtime around it.
    pub(crate) fn listen() -> Result<Self> {
        let [mut interrupt, mut terminate, mut hangup] =
            [open(SignalKind::interrupt())?, open(SignalKind::terminate())?, open(SignalKind::hangup())?];
        let (tell, count) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hangup.recv() => {}
                }
                tell.send_modify(|count| *count += 1);
            }
        });
        Ok(Self { count })
    }

    /// Waits for the next request that was not waited for yet.
    pub(crate) async fn next(&mut self) {
        if self.count.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn open(kind: SignalKind) -> Result<Signal> {
    signal(kind).map_err(|source| {
        Error::unavailable(codes::BACKEND_IO, "the system does not let signals be caught").with_source(source)
    })
}
