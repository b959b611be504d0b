//! A process that somebody else started.

use super::identity::Identity;

/// A process that a former holder started: its end can be seen, its exit cannot.
#[derive(Debug)]
pub(super) struct Adopted {
    #[cfg(target_os = "linux")]
    handle: tokio::io::unix::AsyncFd<rustix::fd::OwnedFd>,
}

#[cfg(target_os = "linux")]
impl Adopted {
    /// Takes hold of a process; none if it is gone.
    pub(super) fn new(identity: &Identity) -> Option<Self> {
        use rustix::process::{PidfdFlags, pidfd_open};
        use tokio::io::Interest;
        use tokio::io::unix::AsyncFd;

        let handle = pidfd_open(identity.pid()?, PidfdFlags::empty()).ok()?;
        // The handle pins the process: if it is still who we mean, it stays so.
        if !identity.is_alive() {
            return None;
        }
        #[expect(deprecated, reason = "unsound only for types that may change their descriptor, which this one cannot")]
        let handle = AsyncFd::with_interest(handle, Interest::READABLE).ok()?;
        Some(Self { handle })
    }

    /// Waits for its end.
    pub(super) async fn ended(&self) {
        // Readable once it ended, and never again otherwise; the readiness is left as it is.
        let _ = self.handle.readable().await;
    }
}

#[cfg(not(target_os = "linux"))]
impl Adopted {
    /// Nobody can be told from a later process of the same number here.
    pub(super) fn new(_: &Identity) -> Option<Self> {
        None
    }

    pub(super) async fn ended(&self) {
        std::future::pending().await
    }
}
