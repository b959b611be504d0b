//! Accepts connections.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::forward::forward;
use crate::server::{Door, Guest, Shared};

/// Pause after an `accept` that failed: the system is out of descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A bound address whose connections are served. Dropping it stops accepting and lets requests
/// that are under way come to their end.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    accepting: JoinHandle<()>,
    stop: DropGuard,
}

impl Listener {
    pub(crate) async fn bind(shared: &Arc<Shared>, address: SocketAddr, door: Door) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        let stop = CancellationToken::new();
        let accepting = accept(Arc::clone(shared), socket, Arc::new(door), stop.clone());
        let accepting = shared.tasks.spawn(accepting);
        Ok(Self { address, accepting, stop: stop.drop_guard() })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting; the address is free when it returns.
    pub(crate) async fn close(self) {
        drop(self.stop);
        if let Err(error) = self.accepting.await {
            tracing::error!(%error, address = %self.address, "a listener's task broke");
        }
    }
}

async fn accept(shared: Arc<Shared>, socket: TcpListener, door: Arc<Door>, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(shared.config.max_connections));
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            accepted = async {
                // The semaphore is never closed.
                let permit = Arc::clone(&places).acquire_owned().await.ok()?;
                Some((socket.accept().await, permit))
            } => accepted,
        };
        match accepted {
            Some((Ok((stream, peer)), permit)) => {
                let guest = Guest::new(Arc::clone(&door), peer.ip(), permit);
                shared.tasks.spawn(serve(Arc::clone(&shared), stream, guest, stop.clone()));
            }
            Some((Err(error), _)) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                shared.env.sleep(ACCEPT_PAUSE).await;
            }
            None => return,
        }
    }
}

async fn serve(shared: Arc<Shared>, stream: TcpStream, guest: Guest, stop: CancellationToken) {
    let _counted = Counted::new(&shared);
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone at once");
        return;
    }
    let guest = Arc::new(guest);
    let service = service_fn(|request| {
        let (shared, guest) = (Arc::clone(&shared), Arc::clone(&guest));
        async move {
            shared.came_in();
            Ok::<_, Infallible>(forward(&shared, &guest, request).await)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.config.header_timeout)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    let mut stopping = false;
    let ended = loop {
        tokio::select! {
            // First of all what is served: it may begin or end an answer.
            biased;
            ended = connection.as_mut() => break ended,
            () = poll_fn(|cx| guest.poll_cut(cx)) => {
                tracing::debug!("an answer was cut");
                return;
            }
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = shared.abort.cancelled() => return,
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a client's connection broke");
    }
}

/// A connection, as it is counted.
struct Counted<'a>(&'a Shared);

impl<'a> Counted<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.connected();
        Self(shared)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.disconnected();
    }
}
