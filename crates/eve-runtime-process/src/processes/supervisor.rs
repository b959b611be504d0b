//! The life of one child.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use eve_core::desired::Restart;
use eve_core::{Address, Exit, ProbeVerdict, Probing, Secret};
use tokio::time::Instant;

use super::backoff::Backoff;
use super::child::Child;
use super::identity::Identity;
use super::leader::Leader;
use super::outlet::Outlet;
use super::probe::Probed;
use super::{ChildSpec, ChildState, Ending, Readiness, ports, probe};
use crate::clock;
use crate::logs::redacted;

/// Keeps one child as its spec says, from its first start to its end.
#[derive(Debug)]
pub(super) struct Supervisor {
    child: Arc<Child>,
    spec: ChildSpec,
    addresses: BTreeMap<u16, Address>,
    /// When its time is up.
    until: Option<Instant>,
}

/// Why a process is no more.
enum End {
    ByItself(Exit),
    Asked(Exit),
    TimedOut(Exit),
}

impl End {
    fn exit(&self) -> Exit {
        let (Self::ByItself(exit) | Self::Asked(exit) | Self::TimedOut(exit)) = self;
        *exit
    }
}

impl Supervisor {
    /// How many of the last lines a status carries.
    pub(super) const LINES: usize = 20;
    /// How long whose time is up may take to end.
    const TIMEOUT_GRACE: Duration = Duration::from_secs(5);

    pub(super) fn new(child: Arc<Child>, mut spec: ChildSpec) -> Self {
        let status = child.status();
        let ran = clock::now().since(status.started);
        let until = spec.timeout.map(|timeout| Instant::now() + timeout.saturating_sub(ran));
        for (name, port) in ports::variables(&spec.ports, &status.addresses) {
            spec.environment.set(name, Secret::new(port));
        }
        Self { child, spec, addresses: status.addresses, until }
    }

    /// Takes over the process that a former holder started; none if it is gone. Unless it is
    /// `readable`, what it writes is read and thrown away.
    pub(super) fn adopt(&self, identity: Identity, readable: bool) -> Option<Leader> {
        let log = readable.then_some(&self.child.log);
        let leader = Leader::adopt(identity, &self.spec, &self.child.folder, log)?;
        self.child.runs_as(leader.group.clone(), leader.identity.clone());
        Some(leader)
    }

    /// Starts the process for the first time.
    ///
    /// # Errors
    /// Why it cannot be started; the child's status says so too.
    pub(super) async fn start(&self) -> Result<Leader, ()> {
        match Leader::start(&self.spec, &self.child.folder, &self.child.marker, &self.child.log).await {
            Ok(leader) => {
                self.child.runs_as(leader.group.clone(), leader.identity.clone());
                Ok(leader)
            }
            Err(why) => {
                // It may name the search path, and a variable may hold a secret.
                let why = redacted(&why, &self.secrets());
                self.finish(ChildState::CannotStart { why }, Exit::Lost);
                Err(())
            }
        }
    }

    /// Keeps it until it ends for good.
    pub(super) async fn run(self, mut leader: Leader) {
        let mut backoff = Backoff::default();
        loop {
            let started = Instant::now();
            let end = self.attend(&mut leader).await;
            self.child.change(|status| status.timed_out = matches!(end, End::TimedOut(_)));
            // First the exit: cleaning up takes its time, and who dies meanwhile takes it along.
            self.child.exited(end.exit());
            leader.clean_up().await;
            Outlet::remove(&self.child.folder);
            self.child.runs_no_more();
            let exit = match end {
                End::Asked(exit) | End::TimedOut(exit) => return self.finish(ChildState::Ended { exit }, exit),
                End::ByItself(exit) => exit,
            };
            if !self.starts_again(exit) {
                // First the log: who sees the end finds the last line.
                self.child.log.end(exit);
                return self.note_end(exit);
            }
            self.note_end(exit);
            tokio::select! {
                () = tokio::time::sleep(backoff.after(started.elapsed())) => {}
                _ = self.child.asked_to_stop() => return self.finish(ChildState::Ended { exit }, exit),
            }
            self.child.change(|status| status.restarts = status.restarts.saturating_add(1));
            leader = match self.start().await {
                Ok(leader) => leader,
                Err(()) => return,
            };
        }
    }

    /// Stays with a process until it is over.
    async fn attend(&self, leader: &mut Leader) -> End {
        let up = async {
            match self.until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            exit = leader.ended() => End::ByItself(exit),
            grace = self.child.asked_to_stop() => {
                self.child.change(|status| status.state = ChildState::Stopping);
                End::Asked(leader.end(grace).await)
            }
            () = up => End::TimedOut(leader.end(Self::TIMEOUT_GRACE).await),
            never = self.probe() => match never {},
        }
    }

    /// Tries again and again whether it can do its work.
    async fn probe(&self) -> std::convert::Infallible {
        let probe = match &self.spec.readiness {
            Readiness::Running(time) => {
                let answer = probe::ran(*time).await;
                self.answered(ProbeVerdict::Ready, answer.text);
                return std::future::pending().await;
            }
            Readiness::Probe(probe) => probe,
        };
        let started = Instant::now();
        let mut probing = Probing::default();
        let (spec, addresses) = (&self.spec, &self.addresses);
        let who = Probed { spec, addresses, folder: &self.child.folder, marker: &self.child.marker };
        loop {
            let counts = started.elapsed() >= probe.start_period;
            let answer = probe::once(probe, &who).await;
            let verdict = probing.answer(answer.passed, counts, probe.retries);
            self.answered(verdict, redacted(&answer.text, &self.secrets()));
            tokio::time::sleep(probing.pause(probe.interval)).await;
        }
    }

    fn answered(&self, verdict: ProbeVerdict, text: String) {
        let lines = || self.child.log.tail(Self::LINES);
        self.child.change(|status| {
            status.answer = Some(text);
            match verdict {
                ProbeVerdict::Ready => {
                    status.state = ChildState::Ready;
                    status.was_ready = true;
                    status.ending = None;
                    status.unhealthy_since = None;
                    status.lines = Vec::new();
                }
                ProbeVerdict::Unhealthy => {
                    if status.was_ready {
                        status.state = ChildState::NotReady;
                    }
                    if status.unhealthy_since.is_none() {
                        status.unhealthy_since = Some(clock::now());
                        status.lines = lines();
                    }
                }
                _ => {}
            }
        });
    }

    /// Notes that it ended by itself.
    fn note_end(&self, exit: Exit) {
        let lines = self.child.log.tail(Self::LINES);
        let again = self.starts_again(exit);
        self.child.change(|status| {
            let since = status.ending.as_ref().map_or_else(clock::now, |first| first.since);
            status.ending = Some(Ending { exit, restarts: status.restarts, since });
            status.unhealthy_since = None;
            status.lines = lines;
            status.state = match (again, status.was_ready) {
                (false, _) => ChildState::Ended { exit },
                (true, false) => ChildState::Starting,
                (true, true) => ChildState::NotReady,
            };
        });
    }

    fn secrets(&self) -> Vec<Secret> {
        self.spec.environment.secrets()
    }

    fn starts_again(&self, exit: Exit) -> bool {
        match self.spec.restart {
            Restart::OnFailure => !exit.is_success(),
            Restart::Never => false,
            // Also for a policy of a newer version: a service runs all the time.
            _ => true,
        }
    }

    fn finish(&self, state: ChildState, exit: Exit) {
        self.child.log.end(exit);
        let lines = self.child.log.tail(Self::LINES);
        self.child.change(|status| {
            status.state = state;
            status.lines = lines;
        });
    }
}
