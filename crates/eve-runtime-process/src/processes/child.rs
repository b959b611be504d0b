//! One child, as its holder and its supervisor share it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::group::Group;
use super::identity::Identity;
use super::ticker::Ticker;
use super::{ChildState, ChildStatus, Record};
use crate::logs::Log;

/// One child: what is known of it, its log, and the wish that it ends.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) folder: PathBuf,
    pub(super) marker: String,
    pub(super) log: Arc<Log>,
    known: Mutex<Known>,
    ticker: Arc<Ticker>,
    stop: watch::Sender<Option<Duration>>,
}

#[derive(Debug)]
struct Known {
    status: ChildStatus,
    group: Option<Group>,
    identity: Option<Identity>,
}

impl Child {
    pub(super) fn new(
        folder: PathBuf,
        marker: String,
        log: Arc<Log>,
        status: ChildStatus,
        ticker: Arc<Ticker>,
    ) -> Self {
        let known = Mutex::new(Known { status, group: None, identity: None });
        let child = Self { folder, marker, log, known, ticker, stop: watch::channel(None).0 };
        child.ticker.tick(|version| child.known().status.version = version);
        child
    }

    pub(super) fn status(&self) -> ChildStatus {
        self.known().status.clone()
    }

    /// Changes the status; if that changed anything, it gets a version of its own and is stored.
    pub(super) fn change(&self, change: impl FnOnce(&mut ChildStatus)) {
        let mut known = self.known();
        let mut status = known.status.clone();
        change(&mut status);
        if status == known.status {
            return;
        }
        let (record, stores) = {
            // An answer that only differs in its text is not worth a write each interval.
            let stores = status.state != known.status.state || status.restarts != known.status.restarts;
            self.ticker.tick(|version| {
                status.version = version;
                known.status = status;
            });
            (Record::of(&known.status, known.identity.clone()), stores)
        };
        drop(known);
        if stores {
            self.store(&record);
        }
    }

    /// Remembers which process runs, on disk too: a successor finds it by that.
    pub(super) fn runs_as(&self, group: Group, identity: Option<Identity>) {
        let mut known = self.known();
        known.group = Some(group);
        known.identity = identity;
        let record = Record::of(&known.status, known.identity.clone());
        drop(known);
        self.store(&record);
    }

    /// Forgets the process: it is gone.
    pub(super) fn runs_no_more(&self) {
        let mut known = self.known();
        known.group = None;
        known.identity = None;
    }

    /// Ends the process at once, without waiting: the last resort.
    pub(super) fn kill_now(&self) {
        if let Some(group) = self.known().group.take() {
            group.kill();
        }
    }

    /// Asks for the end. The first wish counts.
    pub(super) fn ask_to_stop(&self, grace: Duration) {
        self.stop.send_if_modified(|wish| {
            let first = wish.is_none();
            *wish = wish.or(Some(grace));
            first
        });
    }

    /// Waits for the wish that it ends, and answers how long that may take.
    pub(super) async fn asked_to_stop(&self) -> Duration {
        let mut wish = self.stop.subscribe();
        let wished = wish.wait_for(Option::is_some).await;
        wished.ok().and_then(|wish| *wish).expect("the sender lives as long as the child, and some was waited for")
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

    /// Stores the first record: the intent to start it.
    ///
    /// # Errors
    /// `state.disk_full`, `state.read_only`, `state.io`.
    pub(super) fn store_intent(&self) -> eve_core::Result<()> {
        Record::of(&self.status(), None).write(&self.folder)
    }

    fn store(&self, record: &Record) {
        if let Err(error) = record.write(&self.folder) {
            // What runs goes on: a successor then finds it by its marker, and an end as lost.
            tracing::warn!(child = %record.id, %error, "record of a child cannot be written");
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChildStatus {
    /// A child that is about to start for the first time.
    pub(super) fn first(spec: &super::ChildSpec) -> Self {
        Self {
            id: spec.id.clone(),
            about: spec.about.clone(),
            source: spec.source.clone(),
            version: 0,
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
