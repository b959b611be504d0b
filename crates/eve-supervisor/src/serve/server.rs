//! Who listens.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use eve_core::{Error, codes};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::task::TaskTracker;

use super::Parts;
use super::connection::{Connection, refusal};
use crate::protocol::{Encoded, limits};

/// Serves the parts on a socket. Its connections close when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    listener: UnixListener,
    parts: Arc<Parts>,
    seats: Arc<Semaphore>,
    connections: JoinSet<()>,
    calls: TaskTracker,
}

impl Server {
    pub(crate) fn new(listener: UnixListener, parts: Arc<Parts>) -> Self {
        let seats = Arc::new(Semaphore::new(limits::CONNECTIONS));
        Self { listener, parts, seats, connections: JoinSet::new(), calls: TaskTracker::new() }
    }

    /// Serves until `stop`, until nothing is held and nobody was there for `linger`, or until nobody
    /// can find it any more.
    pub(crate) async fn serve(
        &mut self,
        linger: Duration,
        stop: impl Future<Output = ()>,
        is_in_place: impl Fn() -> bool,
    ) {
        const LOOKS: u32 = 4;
        tokio::pin!(stop);
        let mut look = interval((linger / LOOKS).max(Duration::from_millis(1)));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut quiet_since = None;
        loop {
            tokio::select! {
                () = &mut stop => return,
                accepted = self.listener.accept() => match accepted {
                    Ok((socket, _)) => self.seat(socket),
                    Err(error) => Self::pause(&error).await,
                },
                Some(_) = self.connections.join_next() => {}
                _ = look.tick() => {
                    if !is_in_place() {
                        tracing::warn!("the state directory was removed: what runs in it ends");
                        return;
                    }
                    let now = Instant::now();
                    if !self.is_quiet() {
                        quiet_since = None;
                    } else if now - *quiet_since.get_or_insert(now) >= linger {
                        return;
                    }
                }
            }
        }
    }

    fn is_quiet(&self) -> bool {
        self.connections.is_empty() && self.calls.is_empty() && self.parts.are_idle()
    }

    fn seat(&mut self, socket: UnixStream) {
        let Ok(seat) = Arc::clone(&self.seats).try_acquire_owned() else {
            let text = format!("the supervisor serves {} clients already", limits::CONNECTIONS);
            turn_away(socket, &Error::exhausted(codes::SUPERVISOR_UNAVAILABLE, text));
            return;
        };
        let (parts, calls) = (Arc::clone(&self.parts), self.calls.clone());
        self.connections.spawn(async move {
            Connection::serve(socket, parts, calls).await;
            drop(seat);
        });
    }

    /// Waits where descriptors or memory are used up for the moment.
    async fn pause(error: &io::Error) {
        const PAUSE: Duration = Duration::from_millis(100);
        tracing::warn!(%error, "a client cannot be accepted");
        sleep(PAUSE).await;
    }
}

/// Says why and closes, without waiting: there is room for this much in a new socket.
fn turn_away(socket: UnixStream, error: &Error) {
    if let (Ok(frame), Ok(mut socket)) = (Encoded::plain(&refusal(error)), socket.into_std()) {
        let _ = socket.write_all(frame.as_bytes());
    }
}
