//! Holding processes in this process.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use eve_core::{Error, Fences, LogItem, LogOptions, Result, codes};
use futures_util::future::join_all;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::child::Child;
use super::ports::Ports;
use super::stored_spec::StoredSpec;
use super::supervisor::Supervisor;
use super::ticker::Ticker;
use super::{Begun, ChildHolder, ChildId, ChildSpec, ChildStatus, Mandate, Remains};
use crate::builder::Unfinished;
use crate::config::ProcessConfig;
use crate::hold::Hold;
use crate::logs::{Limits, Log, LogReader};
use crate::state_dir::{StateDir, io_error, make_dir};

/// Holds processes in this process, and is the only one that does in its state folder.
///
/// Clones share them.
#[derive(Debug, Clone)]
pub struct Children(Arc<Inner>);

/// What becomes of children when nobody holds them any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unheld {
    /// They are killed.
    Killed,
    /// They run on, until a successor adopts them.
    RunOn,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) state: Arc<StateDir>,
    hold: Hold,
    pub(super) limits: Limits,
    fences: Arc<Fences>,
    unheld: Unheld,
    pub(super) ticker: Arc<Ticker>,
    ports: Ports,
    held: Mutex<BTreeMap<ChildId, Arc<Child>>>,
}

impl Children {
    /// How long a child may take to end when everything ends.
    const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

    /// Takes the state folder's lock, and adopts what a former holder left. Needs a tokio runtime
    /// around it.
    ///
    /// # Errors
    /// `state.held` if another process holds it; `state.version`, `state.unreadable`,
    /// `state.read_only`, `state.disk_full`, `state.io`.
    pub(crate) async fn open(config: &ProcessConfig, fences: Arc<Fences>, unheld: Unheld) -> Result<Self> {
        let limits = Limits { file_bytes: config.log_file_bytes, files: config.log_files };
        let dir = config.dir.clone();
        let opening = tokio::task::spawn_blocking(move || {
            let state = Arc::new(StateDir::open(&dir)?);
            let hold = Hold::take(&state)?;
            let found = super::adoption::find(&state);
            let ticker = Arc::new(Ticker::from(super::adoption::first_version(&found)));
            let ports = Ports::of_machine(hold.id());
            let inner = Inner { state, hold, limits, fences, unheld, ticker, ports, held: Mutex::default() };
            inner.empty_trash();
            Unfinished::remove_left(&inner.state);
            inner.adopt(found);
            Ok(Self(Arc::new(inner)))
        });
        opening.await.map_err(|e| broke_off("opening the state folder").with_source(e))?
    }

    /// Ends every child, and returns when nothing of them is left.
    pub async fn shutdown(&self) {
        let all: Vec<_> = self.0.held().values().cloned().collect();
        join_all(all.iter().map(|child| async {
            child.ask_to_stop(Self::SHUTDOWN_GRACE);
            child.finished().await;
        }))
        .await;
    }

    /// True if no child runs, or is to run again.
    pub(super) fn is_idle(&self) -> bool {
        self.0.held().values().all(|child| child.is_final())
    }
}

#[async_trait]
impl ChildHolder for Children {
    async fn raise(&self, under: &Mandate) -> Result<()> {
        // Under the lock that every start takes: what an older token started is listed now.
        let _held = self.0.held();
        self.0.admit(under)
    }

    async fn start(&self, spec: ChildSpec, under: &Mandate) -> Result<Begun> {
        let (inner, under, id) = (Arc::clone(&self.0), under.clone(), spec.id.clone());
        let start = tokio::spawn(async move { inner.start(spec, &under).await });
        start.await.map_err(|e| broke_off(&format!("the start of {id}")).with_source(e))?
    }

    async fn stop(&self, id: &ChildId, grace: Duration, under: &Mandate) -> Result<Option<ChildStatus>> {
        let child = {
            let held = self.0.held();
            self.0.admit(under)?;
            let Some(child) = held.get(id) else { return Ok(None) };
            child.ask_to_stop(grace);
            Arc::clone(child)
        };
        Ok(Some(child.finished().await))
    }

    async fn release(&self, id: &ChildId, remains: Remains, under: &Mandate) -> Result<bool> {
        let trash = {
            let mut held = self.0.held();
            self.0.admit(under)?;
            let Some(child) = held.get(id).filter(|child| child.is_final()) else { return Ok(false) };
            let trash = (remains == Remains::Removed).then(|| self.0.trash());
            child.release(|folder| match &trash {
                Some(trash) => fs::rename(folder, trash).map_err(|e| io_error("remove", folder, e)),
                None => Ok(()),
            })?;
            held.remove(id);
            trash
        };
        self.0.ticker.tick(|_| ());
        if let Some(trash) = trash {
            // What cannot be removed now is removed by a successor.
            let _ = tokio::task::spawn_blocking(move || fs::remove_dir_all(trash)).await;
        }
        Ok(true)
    }

    async fn list(&self, below: &str) -> Result<Vec<ChildStatus>> {
        let below = Path::new(below);
        let held = self.0.held();
        let found = held.iter().filter(|(id, _)| Path::new(id.as_str()).starts_with(below));
        Ok(found.map(|(_, child)| child.status()).collect())
    }

    async fn status(&self, id: &ChildId) -> Result<Option<ChildStatus>> {
        Ok(self.0.child(id).map(|child| child.status()))
    }

    fn watch(&self) -> BoxStream<'static, Result<u64>> {
        stream::unfold((self.0.ticker.subscribe(), true), |(mut changes, first)| async move {
            if !first {
                changes.changed().await.ok()?;
            }
            let count = *changes.borrow_and_update();
            Some((Ok(count), (changes, false)))
        })
        .boxed()
    }

    fn logs(&self, id: &ChildId, how: &LogOptions) -> BoxStream<'static, Result<LogItem>> {
        let reader = match self.0.child(id) {
            Some(child) => Some(LogReader::of(&child.log, child.status().source, how)),
            None => LogReader::of_folder(&self.0.state.path(id.as_str()), how),
        };
        reader.map_or_else(|| stream::empty().boxed(), LogReader::stream)
    }
}

impl Inner {
    async fn start(self: Arc<Self>, spec: ChildSpec, under: &Mandate) -> Result<Begun> {
        let (child, new) = self.enter(&spec, under)?;
        if !new {
            child.begun().await;
            return Ok(Begun::found(child.status()));
        }
        let supervisor = Supervisor::new(Arc::clone(&child), spec);
        let started = supervisor.start().await;
        child.has_begun();
        if let Ok(leader) = started {
            tokio::spawn(supervisor.run(leader));
        }
        Ok(Begun::new(child.status()))
    }

    /// Enters a child into what is held, or finds the one that is there. One step: whoever raises a
    /// token or asks for the same child sees all of it or nothing.
    fn enter(&self, spec: &ChildSpec, under: &Mandate) -> Result<(Arc<Child>, bool)> {
        let mut held = self.held();
        self.admit(under)?;
        if let Some(present) = held.get(&spec.id).or_else(|| in_slot(&held, spec)) {
            return Ok((Arc::clone(present), false));
        }
        let live = held.values().filter(|child| !child.is_final());
        let given: BTreeSet<_> = live.flat_map(|child| child.ports()).collect();
        let addresses = self.ports.find(&spec.ports, &given)?;
        let folder = self.state.path(spec.id.as_str());
        let child = self.made(&folder, spec, ChildStatus::first(spec, addresses)).inspect_err(|_| {
            // Nobody holds it, so nothing of it stays.
            let _ = fs::remove_dir_all(&folder);
        })?;
        held.insert(spec.id.clone(), Arc::clone(&child));
        Ok((child, true))
    }

    fn made(&self, folder: &Path, spec: &ChildSpec, status: ChildStatus) -> Result<Arc<Child>> {
        let own = ["home", "tmp", "work", "log"].into_iter().chain(spec.folders.iter().map(String::as_str));
        for name in own {
            // A name that leads elsewhere is no folder of it.
            let path = self.state.path(ChildId::new(format!("{}/{name}", spec.id))?.as_str());
            make_dir(&path).map_err(|e| io_error("make", &path, e))?;
        }
        let log = Arc::new(Log::open(&folder.join("log"), self.limits)?);
        let (marker, stored) = (self.marker(&spec.id), Some(StoredSpec::of(spec)));
        let child = Child::new(folder.to_owned(), marker, log, stored, status, Arc::clone(&self.ticker));
        child.store_intent()?;
        Ok(Arc::new(child))
    }

    fn admit(&self, under: &Mandate) -> Result<()> {
        self.fences.admit(&under.environment, under.fence)
    }

    fn child(&self, id: &ChildId) -> Option<Arc<Child>> {
        self.held().get(id).cloned()
    }

    pub(super) fn marker(&self, child: &ChildId) -> String {
        format!("{}/{child}", self.hold.id())
    }

    /// The marker below which every one of this state folder is.
    pub(super) fn root_marker(&self) -> &str {
        self.hold.id()
    }

    pub(super) fn held(&self) -> MutexGuard<'_, BTreeMap<ChildId, Arc<Child>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a folder is moved that is to be removed: there it is out of everybody's way at once.
    fn trash(&self) -> std::path::PathBuf {
        self.state.path("trash").join(format!("{:020}", self.ticker.tick(|count| count)))
    }

    fn empty_trash(&self) {
        let trash = self.state.path("trash");
        let _ = fs::remove_dir_all(&trash);
        if let Err(error) = make_dir(&trash) {
            tracing::warn!(folder = %trash.display(), %error, "the folder for what is removed cannot be made");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.unheld == Unheld::RunOn {
            return;
        }
        for child in self.held().values() {
            // First the wish: whoever is killed without it is started again.
            child.ask_to_stop(Duration::ZERO);
            child.kill_now();
        }
    }
}

impl fmt::Display for Children {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "children in {}", self.0.state.path("").display())
    }
}

/// The live child that stands in the slot of a spec.
fn in_slot<'a>(held: &'a BTreeMap<ChildId, Arc<Child>>, spec: &ChildSpec) -> Option<&'a Arc<Child>> {
    let slot = spec.slot.as_ref()?;
    let stands = |child: &&Arc<Child>| child.spec.as_ref().and_then(|spec| spec.slot.as_ref()) == Some(slot);
    held.values().filter(stands).find(|child| !child.is_final())
}

fn broke_off(what: &str) -> Error {
    Error::internal(codes::INTERNAL_INVARIANT, format!("{what} broke off"))
}
