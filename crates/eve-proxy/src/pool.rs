//! Connections to instances.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eve_core::{Address, Monotonic};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::forward::RequestBody;

/// Idle connections that are kept to one address.
const MAX_IDLE: usize = 64;

/// A connection to an instance, ready for one request at a time.
pub(crate) type Connection = SendRequest<RequestBody>;

/// The idle connections to one address of one instance.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Idle>);

#[derive(Debug, Default)]
struct Idle {
    closed: bool,
    kept: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    connection: Connection,
    since: Monotonic,
}

impl Pool {
    /// The connection that was idle for the shortest time, if it still works.
    pub(crate) async fn take(&self, now: Monotonic, idle: Duration) -> Option<Connection> {
        loop {
            let kept = self.idle().kept.pop()?;
            let mut connection = kept.connection;
            // Whatever lies below it was idle for longer.
            if now.since(kept.since) > idle {
                self.idle().kept.clear();
                return None;
            }
            if !connection.is_closed() && connection.ready().await.is_ok() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose answer was read to its end.
    pub(crate) fn put(&self, connection: Connection, now: Monotonic) {
        let mut idle = self.idle();
        if !idle.closed && idle.kept.len() < MAX_IDLE && !connection.is_closed() {
            idle.kept.push(Kept { connection, since: now });
        }
    }

    /// Closes connections that were idle for too long.
    pub(crate) fn prune(&self, now: Monotonic, idle: Duration) {
        self.idle().kept.retain(|kept| !kept.connection.is_closed() && now.since(kept.since) <= idle);
    }

    /// Keeps connections from now on.
    pub(crate) fn open(&self) {
        self.idle().closed = false;
    }

    /// Closes idle connections, and those in use once they become idle.
    pub(crate) fn close(&self) {
        let mut idle = self.idle();
        idle.closed = true;
        idle.kept.clear();
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects to an instance. The connection ends at once when `cut` is cancelled.
pub(crate) async fn connect(
    address: &Address,
    timeout: Duration,
    cut: CancellationToken,
) -> Result<Connection, Box<dyn std::error::Error + Send + Sync>> {
    let stream = tokio::time::timeout(timeout, TcpStream::connect((address.host.as_str(), address.port))).await??;
    stream.set_nodelay(true)?;
    let (connection, driver) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        tokio::select! {
            biased;
            () = cut.cancelled() => {}
            ended = driver.with_upgrades() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection to an instance broke");
                }
            }
        }
    });
    Ok(connection)
}
