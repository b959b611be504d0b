//! The holder of processes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eve_core::{Exit, LogItem, LogOptions, Result, codes};
use futures_util::future::join_all;
use futures_util::stream::BoxStream;
use tokio::sync::watch;

use super::child::Child;
use super::leader::Leader;
use super::supervisor::Supervisor;
use super::ticker::Ticker;
use super::{ChildId, ChildSpec, ChildState, ChildStatus, Record, group, identity};
use crate::logs::{Limits, Log, LogReader};
use crate::state_dir::{StateDir, io_error, make_dir};

/// Holds processes: starts, watches, restarts and ends them, and keeps their logs.
///
/// It is steered by messages only (start, stop, list, watch, logs), so that it can live in another
/// process than its owner. Dropping the last clone kills what still runs; [`shutdown`](Self::shutdown)
/// ends it in peace.
#[derive(Debug, Clone)]
pub struct Children(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Arc<StateDir>,
    limits: Limits,
    ticker: Arc<Ticker>,
    held: Mutex<BTreeMap<ChildId, Arc<Child>>>,
}

impl Children {
    /// How long a child may take to end when everything ends.
    const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

    pub(crate) fn new(state: Arc<StateDir>, limits: Limits) -> Self {
        let ticker = Arc::new(Ticker::new());
        Self(Arc::new(Inner { state, limits, ticker, held: Mutex::default() }))
    }

    /// Starts a child. A program that cannot be started is no error: the status says so.
    ///
    /// Dropping the future stops waiting, not the start.
    ///
    /// # Errors
    /// `object.changed` if a child of this id is held; `state.disk_full`, `state.read_only`,
    /// `state.io`.
    pub async fn start(&self, spec: ChildSpec) -> Result<ChildStatus> {
        let inner = Arc::clone(&self.0);
        let id = spec.id.clone();
        tokio::spawn(async move { inner.start(spec).await }).await.map_err(|e| {
            eve_core::Error::internal(codes::INTERNAL_INVARIANT, format!("the start of {id} broke off")).with_source(e)
        })?
    }

    /// Asks a child to end, kills what is left of it when `grace` is over, and returns when nothing
    /// of it is left. None if no such child is held.
    ///
    /// Dropping the future stops waiting, not the end.
    pub async fn stop(&self, id: &ChildId, grace: Duration) -> Option<ChildStatus> {
        let child = self.0.child(id)?;
        child.ask_to_stop(grace);
        Some(child.finished().await)
    }

    /// Lets go of a child that ended; its folder stays. False if it is not held, or still runs.
    pub fn release(&self, id: &ChildId) -> bool {
        let mut held = self.0.held();
        let over = held.get(id).is_some_and(|child| child.status().state.is_final());
        if over {
            held.remove(id);
            drop(held);
            self.0.ticker.tick(|_| ());
        }
        over
    }

    /// Every child that is held.
    pub fn list(&self) -> Vec<ChildStatus> {
        self.0.held().values().map(|child| child.status()).collect()
    }

    /// One child.
    pub fn status(&self, id: &ChildId) -> Option<ChildStatus> {
        self.0.child(id).map(|child| child.status())
    }

    /// The number of the last change, and a wake-up for each that follows.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.0.ticker.subscribe()
    }

    /// What a child wrote, as long as its folder is there.
    pub fn logs(&self, id: &ChildId, how: &LogOptions) -> Option<BoxStream<'static, Result<LogItem>>> {
        if let Some(child) = self.0.child(id) {
            return Some(LogReader::of(&child.log, child.status().source, how).stream());
        }
        LogReader::of_folder(&self.0.state.path(id.as_str()), how).map(LogReader::stream)
    }

    /// Ends every child, and returns when nothing of them is left.
    pub async fn shutdown(&self) {
        let ids: Vec<_> = self.0.held().keys().cloned().collect();
        join_all(ids.iter().map(|id| self.stop(id, Self::SHUTDOWN_GRACE))).await;
    }

    /// Ends everything below a folder that a former holder left running, and closes its records.
    pub(crate) fn clean(&self, folders: &[std::path::PathBuf]) {
        for folder in folders {
            let Some(relative) = self.0.state.relative(folder).and_then(Path::to_str) else { continue };
            let Ok(Some(mut record)) = Record::read(folder) else { continue };
            if record.exit().is_some() {
                continue;
            }
            // Nobody saw how it ended, even if we end it now.
            record.state = ChildState::Ended { exit: Exit::Lost };
            if let Some(left) = record.identity.take().and_then(Leader::adopt) {
                left.group.kill();
            }
            let left = group::kill_marked(&self.0.marker(relative));
            tracing::info!(child = %record.id, processes = left, "ended what a former engine left");
            if let Err(error) = record.write(folder) {
                tracing::warn!(child = %record.id, %error, "record of a child cannot be written");
            }
        }
    }

    /// Ends whatever carries a marker of this state folder below `prefix`, recorded or not, and waits
    /// a moment for it to be gone.
    pub(crate) fn clean_strays(&self, prefix: &str) {
        const LOOKS: u32 = 500;
        for _ in 0..LOOKS {
            if group::kill_marked(&self.0.marker(prefix)) == 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        tracing::warn!(prefix, "what a former engine left cannot be ended");
    }

    /// Holds a child that a former holder started: adopted if it runs, ended if it is over.
    ///
    /// # Errors
    /// `state.unreadable` if its record is damaged, or `spec` makes nothing of it; `state.io`.
    pub(crate) fn adopt(&self, folder: &Path, spec: impl FnOnce(&Record) -> Option<ChildSpec>) -> Result<()> {
        let Some(record) = Record::read(folder)? else { return Ok(()) };
        let spec = spec(&record).ok_or_else(|| {
            let text = format!("the record of {} fits nothing that is known here", record.id);
            eve_core::Error::corrupt(codes::STATE_UNREADABLE, text)
        })?;
        let marker = self.0.marker(record.id.as_str());
        let log = Arc::new(Log::open(&folder.join("log"), self.0.limits)?);
        let known = if record.exit().is_none() { record.identity.clone().or_else(|| leader_of(&marker)) } else { None };
        let leader = known.and_then(Leader::adopt);
        let (id, exit) = (record.id.clone(), record.exit().unwrap_or(Exit::Lost));
        let mut status = record.status();
        if leader.is_none() && !status.state.is_final() {
            group::kill_marked(&marker);
            status.state = ChildState::Ended { exit };
        }
        let child = Arc::new(Child::new(folder.to_owned(), marker, log, status, Arc::clone(&self.0.ticker)));
        if let Some(leader) = leader {
            child.runs_as(leader.group.clone(), leader.identity.clone());
            tokio::spawn(Supervisor::new(Arc::clone(&child), spec).run(leader));
        } else {
            child.log.end(exit);
            child.store_intent()?;
        }
        self.0.held().insert(id, child);
        Ok(())
    }
}

impl Inner {
    async fn start(&self, spec: ChildSpec) -> Result<ChildStatus> {
        let folder = self.state.path(spec.id.as_str());
        for name in ["home", "tmp", "work", "log"] {
            let path = folder.join(name);
            make_dir(&path).map_err(|e| io_error("make", &path, e))?;
        }
        let log = Arc::new(Log::open(&folder.join("log"), self.limits)?);
        let child = {
            let mut held = self.held();
            if held.contains_key(&spec.id) {
                let text = format!("{} is held already", spec.id);
                return Err(eve_core::Error::conflict(codes::OBJECT_CHANGED, text));
            }
            let marker = self.marker(spec.id.as_str());
            let status = ChildStatus::first(&spec);
            let child = Arc::new(Child::new(folder, marker, log, status, Arc::clone(&self.ticker)));
            child.store_intent()?;
            held.insert(spec.id.clone(), Arc::clone(&child));
            child
        };
        let supervisor = Supervisor::new(Arc::clone(&child), spec);
        if let Ok(leader) = supervisor.start().await {
            tokio::spawn(supervisor.run(leader));
        }
        Ok(child.status())
    }

    fn child(&self, id: &ChildId) -> Option<Arc<Child>> {
        self.held().get(id).cloned()
    }

    fn marker(&self, child: &str) -> String {
        format!("{}/{child}", self.state.id())
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<ChildId, Arc<Child>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for child in self.held().values() {
            // First the wish: whoever is killed without it is started again.
            child.ask_to_stop(Duration::ZERO);
            child.kill_now();
        }
    }
}

/// The process that a former holder started and had no time to write down.
fn leader_of(marker: &str) -> Option<identity::Identity> {
    identity::marked(marker).into_iter().find(|found| found.marker == marker && found.leads_a_group())
}
