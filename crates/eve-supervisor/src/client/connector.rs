//! How a connection is made.

use std::io;
use std::time::Duration;

use eve_core::control::ErrorReport;
use eve_core::{Error, Result, codes};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout};

use super::ControlOptions;
use super::link::Link;
use crate::address::Address;
use crate::launch::{Launcher, Readiness};
use crate::lock::holder;
use crate::place::{Place, user};
use crate::protocol::{Encoded, Greeting, Hello, Incoming, decode};

/// Finds the supervisor of a state directory, or starts it.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) place: Place,
    pub(super) launcher: Option<Launcher>,
    pub(super) options: ControlOptions,
}

/// Why there is no connection.
enum Unmet {
    /// Nobody is there: a new supervisor can be started.
    Absent(io::Error),
    /// Somebody is there and does not want us.
    Refused(Error),
}

impl Connector {
    /// Connects; where nobody listens, starts a supervisor if it can.
    ///
    /// # Errors
    /// `supervisor.unavailable` if none runs and none can be started; whatever a new one cannot make
    /// its parts for; `control.denied`, `control.version`.
    pub(super) async fn connect(&self) -> Result<Link> {
        /// Between two attempts to reach one that starts or ends.
        const PAUSE: Duration = Duration::from_millis(20);
        /// Between two attempts to take its place.
        const WAIT: Duration = Duration::from_millis(500);

        let deadline = Instant::now() + self.options.start;
        let mut next_launch = Instant::now();
        loop {
            let absent = match self.greet().await {
                Ok(link) => return Ok(link),
                Err(Unmet::Refused(error)) => return Err(error),
                Err(Unmet::Absent(cause)) => cause,
            };
            let now = Instant::now();
            let Some(launcher) = self.launcher.as_ref().filter(|_| now < deadline) else {
                return Err(self.absent(absent));
            };
            if now < next_launch {
                sleep(PAUSE).await;
                continue;
            }
            match launcher.launch(&self.place, deadline - now).await? {
                Readiness::Ready { .. } => {}
                Readiness::Held(_) => next_launch = Instant::now() + WAIT,
                Readiness::Failed(report) => return Err(report.into_error()),
            }
        }
    }

    /// Connects to whoever listens and says hello.
    async fn greet(&self) -> Result<Link, Unmet> {
        timeout(self.options.connect, self.say_hello()).await.unwrap_or_else(|_| {
            Err(Unmet::Refused(
                self.unavailable("the supervisor does not answer")
                    .with_hint("it may be stopped or out of memory; its process id is in supervisor/lock"),
            ))
        })
    }

    async fn say_hello(&self) -> Result<Link, Unmet> {
        // Where there is no folder yet, an address need not exist either.
        if !self.place.folder().exists() {
            return Err(Unmet::Absent(io::ErrorKind::NotFound.into()));
        }
        let address = Address::of(&self.place).map_err(Unmet::Refused)?;
        let mut socket = UnixStream::connect(address.path()).await.map_err(|e| self.unmet(e))?;
        drop(address);
        self.check_owner(&socket)?;
        let hello = Encoded::plain(&Hello::ours()).map_err(Unmet::Refused)?;
        // Whoever turns us away says why, and may do so before it heard us.
        let _ = hello.write(&mut socket).await;
        let greeting = match Incoming::read(&mut socket).await {
            Ok(Incoming::Frame(frame)) => decode::<Greeting>(&frame).map_err(Unmet::Refused)?,
            Ok(Incoming::Closed) => return Err(Unmet::Absent(io::ErrorKind::ConnectionReset.into())),
            Err(error) if *error.code() == codes::CONTROL_OVERSIZED => return Err(Unmet::Refused(error)),
            Err(error) => return Err(Unmet::Absent(io::Error::other(error))),
        };
        match greeting {
            Greeting::Welcome(welcome) => {
                welcome.check().map_err(Unmet::Refused)?;
                Ok(Link::new(socket, welcome))
            }
            Greeting::Refused { error } => Err(Unmet::Refused(ErrorReport::into_error(error))),
        }
    }

    /// Secrets go through the socket: it must be ours.
    fn check_owner(&self, socket: &UnixStream) -> Result<(), Unmet> {
        let owner = socket.peer_cred().map_err(Unmet::Absent)?.uid();
        if owner == user() {
            return Ok(());
        }
        let text = format!("the supervisor of {} belongs to user {owner}", self.place.dir().display());
        Err(Unmet::Refused(Error::denied(codes::CONTROL_DENIED, text).with_hint("work as that user")))
    }

    fn unmet(&self, error: io::Error) -> Unmet {
        if error.kind() == io::ErrorKind::PermissionDenied {
            let text = format!("the supervisor of {} is another user's", self.place.dir().display());
            let error = Error::denied(codes::CONTROL_DENIED, text).with_source(error);
            return Unmet::Refused(error.with_hint("work as the user that started it"));
        }
        Unmet::Absent(error)
    }

    fn absent(&self, cause: io::Error) -> Error {
        let error = self.unavailable("no supervisor can be reached").with_source(cause);
        match holder(self.place.dir()) {
            Ok(Some(pid)) => error.with_hint(format!("process {pid} starts or ends as one; see supervisor/log")),
            _ => error,
        }
    }

    fn unavailable(&self, text: &str) -> Error {
        let text = format!("{text} for {}", self.place.dir().display());
        Error::unavailable(codes::SUPERVISOR_UNAVAILABLE, text)
    }
}
