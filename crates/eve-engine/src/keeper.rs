//! Holding a lease for as long as a run takes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eve_core::{Cancel, Env, Error, Fence, Fenced, Journal, Lease, Monotonic, Result, codes};

/// Holds a lease and renews it in time; knows by its own clock when it is too late for an effect.
#[derive(Debug, Clone)]
pub(crate) struct Keeper {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    env: Arc<dyn Env>,
    journal: Arc<dyn Journal>,
    lease: Mutex<Lease>,
    /// Until when the lease certainly holds, by this process's monotonic clock.
    holds_until: Mutex<Monotonic>,
    over: Cancel,
    lost: Cancel,
    /// True if it was lost since it could not be renewed in time: nobody took it.
    ran_out: AtomicBool,
}

impl Keeper {
    /// Holds a lease that was taken at `taken`, and goes on renewing it until [`end`](Self::end).
    pub(crate) fn hold(env: &Arc<dyn Env>, journal: Arc<dyn Journal>, lease: Lease, taken: Monotonic) -> Self {
        let holds_until = Mutex::new(taken + lease.ttl);
        let inner = Arc::new(Inner {
            env: Arc::clone(env),
            journal,
            lease: Mutex::new(lease),
            holds_until,
            over: Cancel::new(),
            lost: Cancel::new(),
            ran_out: AtomicBool::new(false),
        });
        let keeper = Self { inner };
        let renewing = keeper.clone();
        env.spawn(Box::pin(async move { renewing.renew_until_over().await }));
        keeper
    }

    async fn renew_until_over(&self) {
        let Inner { env, journal, over, .. } = &*self.inner;
        loop {
            let every = self.lease().ttl / 3;
            tokio::select! {
                () = over.cancelled() => return,
                () = env.sleep(every) => {}
            }
            let asked = env.monotonic();
            match journal.renew(&self.lease()).await {
                Ok(lease) => {
                    *self.inner.holds_until.lock().unwrap_or_else(PoisonError::into_inner) = asked + lease.ttl;
                    *self.inner.lease.lock().unwrap_or_else(PoisonError::into_inner) = lease;
                }
                Err(error) if error.is_retryable() && env.monotonic() < self.holds_until() => {
                    tracing::warn!(error = %error, "lease not renewed, trying again");
                }
                Err(error) => {
                    tracing::warn!(error = %error, "lease lost");
                    *self.inner.holds_until.lock().unwrap_or_else(PoisonError::into_inner) = asked - Duration::MAX;
                    self.inner.ran_out.store(error.is_retryable(), Ordering::SeqCst);
                    self.inner.lost.cancel();
                    return;
                }
            }
        }
    }

    fn holds_until(&self) -> Monotonic {
        *self.inner.holds_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lease(&self) -> Lease {
        self.inner.lease.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The lease's token.
    pub(crate) fn fence(&self) -> Fence {
        self.lease().fence
    }

    /// What an append shows.
    pub(crate) fn fenced(&self) -> Fenced {
        self.lease().fenced()
    }

    /// Fails if an effect that is started now might still run when the lease is over.
    ///
    /// # Errors
    /// `lease.lost`.
    pub(crate) fn check(&self) -> Result<()> {
        let margin = self.lease().ttl / 6;
        if self.inner.env.monotonic() + margin < self.holds_until() {
            return Ok(());
        }
        Err(self.gone())
    }

    /// Waits until the lease is lost.
    pub(crate) async fn lost(&self) -> Error {
        self.inner.lost.cancelled().await;
        self.gone()
    }

    /// True if the lease is lost and it is not known that somebody else took it.
    pub(crate) fn ran_out(&self) -> bool {
        self.inner.ran_out.load(Ordering::SeqCst)
    }

    fn gone(&self) -> Error {
        let name = self.lease().name;
        Error::fenced(codes::LEASE_LOST, format!("the lease {name} is over or about to be"))
    }

    /// Stops renewing, without giving the lease back: it ends by itself.
    pub(crate) fn abandon(&self) {
        self.inner.over.cancel();
    }

    /// Stops renewing and gives the lease back.
    pub(crate) async fn end(&self) {
        self.inner.over.cancel();
        if let Err(error) = self.inner.journal.release(&self.lease()).await {
            tracing::warn!(error = %error, "lease not given back, it ends by itself");
        }
    }
}
