//! Process groups.

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use super::identity::{self, Identity};

/// The group that a child leads, and everything that carries its marker.
#[derive(Debug, Clone)]
pub(super) struct Group {
    leader: Pid,
    marker: String,
}

impl Group {
    const POLL: Duration = Duration::from_millis(10);

    pub(super) fn new(leader: Pid, marker: impl Into<String>) -> Self {
        Self { leader, marker: marker.into() }
    }

    /// Asks every member to end.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends every member, and whoever left the group with our marker on them.
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
        for stray in identity::marked(&self.marker).iter().filter(|stray| stray.marker == self.marker) {
            kill_one(stray);
        }
    }

    /// True if nobody is left.
    pub(super) fn is_empty(&self) -> bool {
        if test_kill_process_group(self.leader).is_ok() {
            // A zombie that nobody reaps answers too; it holds nothing any more.
            return !identity::group_has_members(self.leader).unwrap_or(true);
        }
        true
    }

    /// Waits until nobody is left in the group.
    pub(super) async fn emptied(&self) {
        while !self.is_empty() {
            tokio::time::sleep(Self::POLL).await;
        }
    }

    /// Ends everybody, again and again, until nobody is left.
    pub(super) async fn killed(&self) {
        loop {
            self.kill();
            if self.is_empty() && !identity::marked(&self.marker).iter().any(|left| left.marker == self.marker) {
                return;
            }
            tokio::time::sleep(Self::POLL).await;
        }
    }

    fn signal(&self, signal: Signal) {
        // The only errors are "nobody is there" and "not ours any more": both mean there is nothing to do.
        let _ = kill_process_group(self.leader, signal);
    }
}

/// Ends what a former holder left: everything with a marker below this one, but those that are to
/// live. It holds the state folder's random id, so it names nobody else's processes.
pub(super) fn kill_marked(marker: &str, live: &BTreeSet<String>) -> usize {
    let mut found = identity::marked(marker);
    found.retain(|left| !live.contains(&left.marker));
    for left in &found {
        kill_one(left);
    }
    found.len()
}

/// Ends one process, if it is still the one that is meant.
#[cfg(target_os = "linux")]
pub(super) fn kill_one(who: &Identity) {
    use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};

    let Some(handle) = who.pid().and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()) else { return };
    // The handle pins the process: if it is still who we mean, the signal can reach nobody else.
    if who.is_alive() {
        let _ = pidfd_send_signal(handle, Signal::KILL);
    }
}

/// Ends one process, if it is still the one that is meant.
#[cfg(not(target_os = "linux"))]
pub(super) fn kill_one(who: &Identity) {
    if let Some(pid) = who.pid().filter(|_| who.is_alive()) {
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
}
