//! Taking over what a former holder left.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eve_core::desired::Restart;
use eve_core::{Exit, Result};

use super::child::Child;
use super::children::Inner;
use super::identity::{self, Identity};
use super::leader::Leader;
use super::outlet::Outlet;
use super::supervisor::Supervisor;
use super::wish::Wish;
use super::{ChildSpec, ChildState, Ending, Environment, HealthProbe, ProbeTarget, Readiness, Record, group};
use crate::clock;
use crate::logs::Log;
use crate::state_dir::StateDir;

/// A child's folder, and what is stored of it.
pub(super) type Found = (PathBuf, Record);

/// How long a child that was to end may still take, where nobody wrote down how long.
const GRACE: Duration = Duration::from_secs(5);

/// The children of a state folder that nobody let go. A damaged record is left alone.
pub(super) fn find(state: &StateDir) -> Vec<Found> {
    let read = |folder: PathBuf| match Record::read(&folder) {
        Ok(record) => record.filter(|record| !record.released).map(|record| (folder, record)),
        Err(error) => {
            tracing::warn!(folder = %folder.display(), %error, "a child's record is damaged; it is left alone");
            None
        }
    };
    state.children().into_iter().filter_map(read).collect()
}

/// Where versions begin: after all that a former holder gave, without a write for each of them.
/// Nobody changes something more often than once in a microsecond.
pub(super) fn first_version(found: &[Found]) -> u64 {
    const LATER: u64 = 1_000_000;
    let known = found.iter().map(|(_, record)| record.version.saturating_add(LATER)).max();
    known.unwrap_or(0).max(clock::now().as_millis().saturating_mul(1000))
}

impl Inner {
    /// Holds what was found: what runs is adopted with its spec, what is over is listed until it is
    /// released. Everything else that carries a marker of this folder is ended.
    pub(super) fn adopt(&self, found: Vec<Found>) {
        for (folder, record) in found {
            let id = record.id.clone();
            if let Err(error) = self.adopt_one(folder, record) {
                tracing::warn!(child = %id, %error, "what a former holder left cannot be held");
            }
        }
        self.end_strays();
    }

    fn adopt_one(&self, folder: PathBuf, record: Record) -> Result<()> {
        let marker = self.marker(&record.id);
        let was_over = record.exit().or(record.seen);
        let process = if was_over.is_some() { None } else { process_of(&record, &marker) };
        let takeover = process.as_ref().and_then(|process| Takeover::of(&record, process));
        let log = Arc::new(Log::open(&folder.join("log"), self.limits)?);
        let (id, stored) = (record.id.clone(), record.spec.clone());
        let stopping = (record.state == ChildState::Stopping).then(|| Wish::new(GRACE));
        let wish = record.stop.or(stopping);
        let child = Arc::new(Child::new(folder, marker, log, stored, record.status(), Arc::clone(&self.ticker)));
        child.has_begun();
        if let Some(wish) = wish {
            child.wish(wish);
        }
        let supervised = takeover.zip(process.clone()).and_then(|(takeover, process)| {
            // First the gap: what is read from now on comes after it.
            child.log.gap(takeover.gap());
            let supervisor = Supervisor::new(Arc::clone(&child), takeover.spec);
            supervisor.adopt(process, takeover.readable).map(|leader| (supervisor, leader))
        });
        if let Some((supervisor, leader)) = supervised {
            go_on(&child, supervisor, leader);
        } else {
            if let Some(process) = process {
                group::kill_one(&process);
            }
            over(&child, was_over);
        }
        self.held().insert(id, child);
        Ok(())
    }

    /// Ends whatever carries a marker of this state folder and belongs to no child that runs, and
    /// waits a moment for it to be gone.
    fn end_strays(&self) {
        const LOOKS: u32 = 500;
        let live: BTreeSet<_> = {
            let held = self.held();
            held.values().filter(|child| !child.is_final()).map(|child| child.marker.clone()).collect()
        };
        for _ in 0..LOOKS {
            if group::kill_marked(self.root_marker(), &live) == 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        tracing::warn!("what a former holder left cannot be ended");
    }
}

/// The process of a child that a former holder started, whether it had time to write that down or
/// not. If the one that was written down is gone, whoever carries its marker is something it left.
fn process_of(record: &Record, marker: &str) -> Option<Identity> {
    match &record.identity {
        Some(known) => known.is_alive().then(|| known.clone()),
        None => identity::marked(marker).into_iter().find(|one| one.marker == marker && one.leads_a_group()),
    }
}

/// How a child is taken over.
struct Takeover {
    spec: ChildSpec,
    /// False if what it writes cannot be shown.
    readable: bool,
}

impl Takeover {
    /// What is stored of the spec, and the values of variables from the process. A program may have
    /// written something else where those stood: then it runs on, but it cannot be started again as
    /// it was, and if there were secrets among them, nobody can keep them out of its log.
    fn of(record: &Record, process: &Identity) -> Option<Self> {
        let stored = record.spec.clone()?;
        let is_secret = stored.variables.values().any(|secret| !secret.is_empty());
        let values = process.variables().unwrap_or_default();
        let path = values.get("PATH").map_or("", |path| path.expose()).into();
        let known = Environment::filled(path, &stored.variables, |name| values.get(name).cloned());
        let (is_known, environment) = (known.is_some(), known.unwrap_or_else(|| Environment::new("")));
        let mut spec = stored.into_spec(record.id.clone(), record.about.clone(), record.source.clone(), environment);
        if !is_known {
            spec.restart = Restart::Never;
            if let Readiness::Probe(HealthProbe { target: ProbeTarget::Command(_), .. }) = spec.readiness {
                spec.readiness = Readiness::Running(Duration::ZERO);
            }
        }
        Some(Self { spec, readable: is_known || !is_secret })
    }

    fn gap(&self) -> &'static str {
        if self.readable {
            "lines may have been lost with the process that captured them"
        } else {
            "the secrets that would have to be kept out of its lines are not known any more"
        }
    }
}

fn go_on(child: &Arc<Child>, supervisor: Supervisor, leader: Leader) {
    tracing::info!(child = %child.status().id, "adopted what a former holder left");
    tokio::spawn(supervisor.run(leader));
}

/// Nobody saw how it ended, unless that is stored.
fn over(child: &Child, known: Option<Exit>) {
    let exit = known.unwrap_or(Exit::Lost);
    Outlet::remove(&child.folder);
    child.log.end(exit);
    if !child.is_final() {
        let lines = child.log.tail(Supervisor::LINES);
        child.change(|status| {
            let by_itself = known.is_some() && status.state != ChildState::Stopping && !status.timed_out;
            if by_itself {
                let since = status.ending.as_ref().map_or_else(clock::now, |first| first.since);
                status.ending = Some(Ending { exit, restarts: status.restarts, since });
            }
            status.state = ChildState::Ended { exit };
            status.lines = lines;
        });
    }
}
