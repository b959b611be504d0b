//! Taking over what a former holder left.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eve_core::{Exit, Result};

use super::child::Child;
use super::children::Inner;
use super::identity::{self, Identity};
use super::leader::Leader;
use super::outlet::Outlet;
use super::supervisor::Supervisor;
use super::{ChildSpec, ChildState, Environment, Record, group};
use crate::clock;
use crate::logs::Log;
use crate::state_dir::StateDir;

/// A child's folder, and what is stored of it.
pub(super) type Found = (PathBuf, Record);

/// How long a child that was to end may still take.
const GRACE: Duration = Duration::from_secs(5);
const GAP: &str = "lines may have been lost with the process that captured them";

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
        let process = if record.exit().is_some() { None } else { process_of(&record, &marker) };
        let spec = process.as_ref().and_then(|process| spec_of(&record, process));
        let log = Arc::new(Log::open(&folder.join("log"), self.limits)?);
        let (id, stored, was_over) = (record.id.clone(), record.spec.clone(), record.exit());
        let child = Arc::new(Child::new(folder, marker, log, stored, record.status(), Arc::clone(&self.ticker)));
        child.has_begun();
        let supervised = spec.zip(process).and_then(|(spec, process)| {
            let supervisor = Supervisor::new(Arc::clone(&child), spec);
            // First the gap: what is read from now on comes after it.
            child.log.gap(GAP);
            supervisor.adopt(process).map(|leader| (supervisor, leader))
        });
        match supervised {
            Some((supervisor, leader)) => go_on(&child, supervisor, leader),
            None => over(&child, was_over),
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

/// The spec that a child was started from: what is stored of it, and the rest from its process.
fn spec_of(record: &Record, process: &Identity) -> Option<ChildSpec> {
    let stored = record.spec.clone()?;
    let variables = process.variables()?;
    let path = variables.get("PATH").map_or("", |path| path.expose());
    let environment = Environment::filled(path.into(), &stored.variables, |name| variables.get(name).cloned())?;
    Some(stored.into_spec(record.id.clone(), record.about.clone(), record.source.clone(), environment))
}

fn go_on(child: &Arc<Child>, supervisor: Supervisor, leader: Leader) {
    let state = child.status().state;
    tracing::info!(child = %child.status().id, "adopted what a former holder left");
    if state == ChildState::Stopping {
        child.ask_to_stop(GRACE);
    }
    tokio::spawn(supervisor.run(leader));
}

/// Nobody saw how it ended, unless that is stored.
fn over(child: &Child, known: Option<Exit>) {
    let exit = known.unwrap_or(Exit::Lost);
    Outlet::remove(&child.folder);
    child.log.end(exit);
    if known.is_none() {
        let lines = child.log.tail(Supervisor::LINES);
        child.change(|status| {
            status.state = ChildState::Ended { exit };
            status.lines = lines;
        });
    }
}
