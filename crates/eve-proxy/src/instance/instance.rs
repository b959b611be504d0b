//! An instance that requests go, or went, to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eve_core::{Address, Digest, Drained, InstanceRef};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::UpgradePolicy;
use crate::instance::{Claim, Counts};
use crate::pool::Pool;

/// An instance that requests go, or went, to: what is under way there, and how to cut it.
#[derive(Debug)]
pub(crate) struct Instance {
    who: InstanceRef,
    tag: String,
    state: Mutex<State>,
    idle: Notify,
    cut: CancellationToken,
}

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    /// Whether a route ever led here.
    led: bool,
    pools: BTreeMap<Address, Arc<Pool>>,
    /// Cuts the sockets; a fresh one whenever a route leads here again.
    sockets: CancellationToken,
}

impl Instance {
    pub(crate) fn new(who: InstanceRef) -> Self {
        let tag = Digest::of(who.to_string()).short(32);
        Self { who, tag, state: Mutex::default(), idle: Notify::new(), cut: CancellationToken::new() }
    }

    /// An instance that requests were led to by a process that is gone.
    pub(crate) fn restored(who: InstanceRef) -> Self {
        let instance = Self::new(who);
        {
            let mut state = instance.state();
            state.counts = Counts::restored();
            state.led = true;
        }
        instance
    }

    pub(crate) fn who(&self) -> &InstanceRef {
        &self.who
    }

    /// Names the instance in a header.
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// Cancelled when everything under way here is cut.
    pub(crate) fn cut_token(&self) -> &CancellationToken {
        &self.cut
    }

    /// The connections that are kept to one of its addresses.
    pub(crate) fn pool(&self, address: &Address) -> Arc<Pool> {
        Arc::clone(self.state().pools.entry(address.clone()).or_default())
    }

    pub(crate) fn pools(&self) -> Vec<Arc<Pool>> {
        self.state().pools.values().cloned().collect()
    }

    /// Counts a request as under way.
    pub(crate) fn claim(self: &Arc<Self>) -> Claim {
        self.state().counts.begin();
        Claim::new(Arc::clone(self))
    }

    pub(crate) fn open_socket(&self) -> CancellationToken {
        let mut state = self.state();
        let cut = state.sockets.clone();
        state.counts.upgrade(cut.is_cancelled());
        cut
    }

    /// What is under way ends; `cut` is the token of a socket.
    pub(crate) fn end(&self, answered: bool, cut: Option<&CancellationToken>) {
        let mut state = self.state();
        if !cut.is_some_and(CancellationToken::is_cancelled) {
            state.counts.end(answered, cut.is_some());
        }
        if state.counts.in_flight() == 0 {
            self.idle.notify_waiters();
        }
    }

    /// A route leads here, or is about to.
    pub(crate) fn enlist(&self) {
        let mut state = self.state();
        state.counts.enlist();
        state.led = true;
        if state.sockets.is_cancelled() {
            state.sockets = CancellationToken::new();
        }
        state.pools.values().for_each(|pool| pool.open());
    }

    /// No route leads here any more: idle connections are closed, since a server that is asked to
    /// end may wait for them.
    pub(crate) fn withdraw(&self, upgrades: UpgradePolicy) {
        let mut state = self.state();
        state.counts.withdraw();
        state.pools.values().for_each(|pool| pool.close());
        if upgrades == UpgradePolicy::CutAtOnce {
            state.counts.cut_sockets();
            // Under the lock: a socket that ends meanwhile sees both or neither.
            state.sockets.cancel();
        }
    }

    /// Waits until nothing is under way. Dropping the future only stops waiting.
    pub(crate) async fn idle(&self) {
        loop {
            let idle = self.idle.notified();
            tokio::pin!(idle);
            idle.as_mut().enable();
            if self.in_flight() == 0 {
                return;
            }
            idle.await;
        }
    }

    /// Cuts what is under way.
    pub(crate) fn cut(&self) {
        let mut state = self.state();
        state.counts.cut_all();
        state.sockets.cancel();
        state.pools.values().for_each(|pool| pool.close());
        drop(state);
        self.cut.cancel();
    }

    pub(crate) fn in_flight(&self) -> u64 {
        self.state().counts.in_flight()
    }

    pub(crate) fn was_led_to(&self) -> bool {
        self.state().led
    }

    pub(crate) fn drained(&self) -> Drained {
        self.state().counts.drained()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
