//! Ctrl-C and its kin.

use std::time::Duration;

use eve::{Cancel, Error, Result, codes};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};

/// Requests to stop from outside: Ctrl-C, a polite kill, a terminal that goes away. While this
/// lives, none of them ends the process by itself. Those that come at once are one: a wrapper may
/// hand on what the terminal told the whole group of processes. A terminal that goes away is none
/// where the caller said so, as `nohup` does.
#[derive(Debug)]
pub(crate) struct Interrupts {
    count: watch::Receiver<u32>,
}

impl Interrupts {
    /// Begins to listen. Needs a tokio runtime around it.
    pub(crate) fn listen() -> Result<Self> {
        /// How long one request may take to come.
        const AT_ONCE: Duration = Duration::from_secs(1);

        let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
        if !is_ignored(SignalKind::hangup()) {
            kinds.push(SignalKind::hangup());
        }
        let (tell, count) = watch::channel(0);
        let (hear, mut heard) = mpsc::channel(1);
        for kind in kinds {
            let (mut signal, hear) = (open(kind)?, hear.clone());
            tokio::spawn(async move { while signal.recv().await.is_some() && hear.send(()).await.is_ok() {} });
        }
        tokio::spawn(async move {
            while heard.recv().await.is_some() {
                tell.send_modify(|count| *count += 1);
                let over = Instant::now() + AT_ONCE;
                while let Ok(Some(())) = timeout_at(over, heard.recv()).await {}
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

    /// True once one came, waited for or not.
    pub(crate) fn any(&self) -> bool {
        *self.count.borrow() > 0
    }

    /// Does something, until somebody asks to stop.
    ///
    /// # Errors
    /// `cancelled` if somebody does; else whatever the work answers.
    pub(crate) async fn end<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            done = work => done,
            () = self.next() => Err(Cancel::error()),
        }
    }
}

/// True if this process was started with the signal ignored. Elsewhere than on Linux none is.
fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (kind.as_raw_value() - 1) & 1 == 1)
}

fn open(kind: SignalKind) -> Result<Signal> {
    signal(kind).map_err(|source| {
        Error::unavailable(codes::BACKEND_IO, "the system does not let signals be caught").with_source(source)
    })
}
