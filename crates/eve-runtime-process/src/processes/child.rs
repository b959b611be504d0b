//! One child, as its holder and its supervisor share it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eve_core::{Address, Exit, Result};
use tokio::sync::watch;

use super::group::Group;
use super::identity::Identity;
use super::stored_spec::StoredSpec;
use super::ticker::Ticker;
use super::wish::Wish;
use super::{ChildSpec, ChildState, ChildStatus, Record};
use crate::logs::Log;

/// One child: what is known of it, its log, and the wish that it ends.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) folder: PathBuf,
    pub(super) marker: String,
    pub(super) log: Arc<Log>,
    /// None if its record was written by a version that stored none.
    pub(super) spec: Option<StoredSpec>,
    known: Mutex<Known>,
    /// Held while the record is written, so that the newest is what stays.
    writing: Mutex<()>,
    ticker: Arc<Ticker>,
    stop: watch::Sender<Option<Wish>>,
    begun: watch::Sender<bool>,
}

#[derive(Debug)]
struct Known {
    status: ChildStatus,
    group: Option<Group>,
    identity: Option<Identity>,
    /// How that process ended.
    seen: Option<Exit>,
    released: bool,
}

impl Child {
    pub(super) fn new(
        folder: PathBuf,
        marker: String,
        log: Arc<Log>,
        spec: Option<StoredSpec>,
        status: ChildStatus,
        ticker: Arc<Ticker>,
    ) -> Self {
        let known = Mutex::new(Known { status, group: None, identity: None, seen: None, released: false });
        let (stop, begun) = (watch::channel(None).0, watch::channel(false).0);
        let child = Self { folder, marker, log, spec, known, writing: Mutex::default(), ticker, stop, begun };
        child.ticker.tick(|version| child.known().status.version = version);
        child
    }

    pub(super) fn status(&self) -> ChildStatus {
        self.known().status.clone()
    }

    pub(super) fn is_final(&self) -> bool {
        self.known().status.state.is_final()
    }

    /// The machine's ports that are given to it.
    pub(super) fn ports(&self) -> Vec<u16> {
        self.known().status.addresses.values().map(|address| address.port).collect()
    }

    /// Changes the status; if that changed anything, it is stored and then shown under a version of
    /// its own: what somebody saw is never forgotten by a successor.
    pub(super) fn change(&self, change: impl FnOnce(&mut ChildStatus)) {
        let _writing = self.writing();
        let mut status = self.status();
        let before = status.clone();
        change(&mut status);
        if status == before {
            return;
        }
        // An answer that only differs in its text is not worth a write each interval.
        if status.state != before.state || status.restarts != before.restarts {
            self.store(&self.record(&status));
        }
        self.ticker.tick(|version| {
            status.version = version;
            self.known().status = status;
        });
    }

    /// Remembers which process runs, on disk too: a successor finds it by that.
    pub(super) fn runs_as(&self, group: Group, identity: Option<Identity>) {
        let _writing = self.writing();
        {
            let mut known = self.known();
            (known.group, known.identity, known.seen) = (Some(group), identity, None);
        }
        self.store(&self.record(&self.status()));
    }

    /// Remembers how the process ended, on disk too: whoever cleans up after it may not come to an
    /// end with that.
    pub(super) fn exited(&self, exit: Exit) {
        let _writing = self.writing();
        self.known().seen = Some(exit);
        self.store(&self.record(&self.status()));
    }

    /// Forgets the process: it is gone.
    pub(super) fn runs_no_more(&self) {
        let mut known = self.known();
        (known.group, known.identity, known.seen) = (None, None, None);
    }

    /// Ends the process at once, without waiting: the last resort.
    pub(super) fn kill_now(&self) {
        if let Some(group) = self.known().group.take() {
            group.kill();
        }
    }

    /// Says that its first process runs, or could not be started.
    pub(super) fn has_begun(&self) {
        self.begun.send_replace(true);
    }

    /// Waits until its first process runs, or could not be started.
    pub(super) async fn begun(&self) {
        let mut begun = self.begun.subscribe();
        // The sender lives in this child.
        let _ = begun.wait_for(|begun| *begun).await;
    }

    /// Lets go of it for good: a successor does not list it, and nothing is written any more.
    ///
    /// # Errors
    /// `state.disk_full`, `state.read_only`, `state.io`; then nothing has changed.
    pub(super) fn release(&self, remains: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let _writing = self.writing();
        let mut record = Record::of(&self.status(), self.spec.as_ref());
        record.released = true;
        record.write(&self.folder)?;
        self.known().released = true;
        remains(&self.folder)
    }

    /// Asks for the end. The first wish counts.
    pub(super) fn ask_to_stop(&self, grace: Duration) {
        self.wish(Wish::new(grace));
    }

    /// Asks for the end with a wish that may be older. The first one counts.
    pub(super) fn wish(&self, new: Wish) {
        self.stop.send_if_modified(|wish| {
            let first = wish.is_none();
            *wish = wish.or(Some(new));
            first
        });
    }

    /// Waits for the wish that it ends, and answers how long that may take.
    pub(super) async fn asked_to_stop(&self) -> Duration {
        let mut wish = self.stop.subscribe();
        let wished = wish.wait_for(Option::is_some).await;
        wished
            .ok()
            .and_then(|wish| wish.map(|wish| wish.left()))
            .expect("the sender lives as long as the child, and some was waited for")
    }

    /// Waits until it will not change any more.
    pub(super) async fn finished(&self) -> ChildStatus {
        let mut changes = self.ticker.subscribe();
        loop {
            changes.borrow_and_update();
            let status = self.status();
            if status.state.is_final() {
                return status;
            }
            if changes.changed().await.is_err() {
                return status;
            }
        }
    }

    /// Stores the first record: the intent to start it, or what became of it.
    ///
    /// # Errors
    /// `state.disk_full`, `state.read_only`, `state.io`.
    pub(super) fn store_intent(&self) -> Result<()> {
        let _writing = self.writing();
        self.record(&self.status()).write(&self.folder)
    }

    /// What is stored of it, under this status.
    fn record(&self, status: &ChildStatus) -> Record {
        let mut record = Record::of(status, self.spec.as_ref());
        let known = self.known();
        record.identity.clone_from(&known.identity);
        (record.seen, record.stop) = (known.seen, *self.stop.borrow());
        record
    }

    fn store(&self, record: &Record) {
        if self.known().released {
            return;
        }
        if let Err(error) = record.write(&self.folder) {
            // What runs goes on: a successor then finds it by its marker, and an end as lost.
            tracing::warn!(child = %record.id, %error, "record of a child cannot be written");
        }
    }

    fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChildStatus {
    /// A child that is about to start for the first time.
    pub(super) fn first(spec: &ChildSpec, addresses: BTreeMap<u16, Address>) -> Self {
        Self {
            id: spec.id.clone(),
            about: spec.about.clone(),
            source: spec.source.clone(),
            version: 0,
            addresses,
            state: ChildState::Starting,
            was_ready: false,
            restarts: 0,
            ending: None,
            unhealthy_since: None,
            answer: None,
            timed_out: false,
            lines: Vec::new(),
            started: crate::clock::now(),
        }
    }
}
