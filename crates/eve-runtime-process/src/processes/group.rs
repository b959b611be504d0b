//! Process groups.

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use super::identity::{self, Identity};

/// The group that a child leads, and everything that carries its marker.
///
/// Its number is the leader's, and once nobody is left in it, the system may give it to somebody
/// else. So the number alone is signalled only while the leader is there; after that, each member by
/// itself, as far as the system tells who they are.
#[derive(Debug, Clone)]
pub(super) struct Group {
    number: Pid,
    marker: String,
    /// None where the system does not tell one process from a later one of the same number.
    leader: Option<Leading>,
}

#[derive(Debug, Clone)]
struct Leading {
    identity: Identity,
    session: i32,
}

impl Group {
    const POLL: Duration = Duration::from_millis(10);

    /// The group that a process leads that is there, or was not waited for yet.
    pub(super) fn new(leader: Pid, marker: impl Into<String>) -> Self {
        let marker = marker.into();
        let leading = Identity::of(leader, &marker).zip(identity::session_of(leader));
        let leading = leading.map(|(identity, session)| Leading { identity, session });
        Self { number: leader, marker, leader: leading }
    }

    /// Who leads it; none if that cannot be told.
    pub(super) fn identity(&self) -> Option<Identity> {
        self.leader.as_ref().map(|leader| leader.identity.clone())
    }

    /// Asks every member to end.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends every member, and whoever left the group with our marker on them. Looks at every process
    /// there is, so it may take its time.
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
        self.strays().iter().for_each(kill_one);
    }

    /// As [`Self::kill`], on a thread that may block.
    pub(super) async fn kill_all(&self) {
        self.looked_at(Self::kill).await;
    }

    /// Waits until nobody is left in the group.
    pub(super) async fn emptied(&self) {
        while self.looked_at(Self::has_members).await.unwrap_or(false) {
            tokio::time::sleep(Self::POLL).await;
        }
    }

    /// Ends everybody, again and again, until nobody is left.
    pub(super) async fn killed(&self) {
        let someone_left = |group: &Self| {
            let found = group.has_members() || !group.strays().is_empty();
            if found {
                group.kill();
            }
            found
        };
        while self.looked_at(someone_left).await.unwrap_or(false) {
            tokio::time::sleep(Self::POLL).await;
        }
    }

    /// Looks at the processes there are, on a thread that may block; none if there is none any more.
    async fn looked_at<T: Send + 'static>(&self, look: impl FnOnce(&Self) -> T + Send + 'static) -> Option<T> {
        let group = self.clone();
        tokio::task::spawn_blocking(move || look(&group)).await.ok()
    }

    fn signal(&self, signal: Signal) {
        match &self.leader {
            Some(leader) if !leader.identity.is_alive() => {
                self.members(leader).iter().for_each(|member| signal_one(member, signal));
            }
            _ => {
                // The only errors are "nobody is there" and "not ours any more": both mean there is nothing to do.
                let _ = kill_process_group(self.number, signal);
            }
        }
    }

    fn has_members(&self) -> bool {
        // The cheap question first; who only waits to be reaped answers it too.
        test_kill_process_group(self.number).is_ok()
            && self.leader.as_ref().is_none_or(|leader| !self.members(leader).is_empty())
    }

    fn members(&self, leader: &Leading) -> Vec<Identity> {
        identity::members(self.number, leader.session, &self.marker)
    }

    /// Whoever carries the very marker, wherever they are.
    fn strays(&self) -> Vec<Identity> {
        let mut found = identity::marked(&self.marker);
        found.retain(|one| one.marker == self.marker);
        found
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
pub(super) fn kill_one(who: &Identity) {
    signal_one(who, Signal::KILL);
}

#[cfg(target_os = "linux")]
fn signal_one(who: &Identity, signal: Signal) {
    use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};

    let Some(handle) = who.pid().and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()) else { return };
    // The handle pins the process: if it is still who we mean, the signal can reach nobody else.
    if who.is_alive() {
        let _ = pidfd_send_signal(handle, signal);
    }
}

#[cfg(not(target_os = "linux"))]
fn signal_one(who: &Identity, signal: Signal) {
    if let Some(pid) = who.pid().filter(|_| who.is_alive()) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Command};

    use super::*;

    fn sleeper(group: i32, marker: Option<&str>) -> Child {
        let mut command = Command::new("sleep");
        command.arg("600").env_clear().envs(marker.map(|marker| (identity::VARIABLE, marker))).process_group(group);
        command.spawn().unwrap()
    }

    #[tokio::test]
    async fn who_has_the_number_of_a_group_whose_leader_is_gone_is_not_taken_for_a_member() {
        let mut leader = sleeper(0, Some("one"));
        let number = i32::try_from(leader.id()).unwrap();
        let group = Group::new(Pid::from_raw(number).unwrap(), "one");
        let mut members = [sleeper(number, Some("one")), sleeper(number, None), sleeper(0, Some("one"))];
        let mut stranger = sleeper(number, Some("another"));
        leader.kill().unwrap();
        leader.wait().unwrap();
        group.killed().await;
        assert!(group.strays().is_empty() && !group.has_members());
        for member in &mut members {
            assert!(!member.wait().unwrap().success());
        }
        assert_eq!(stranger.try_wait().unwrap(), None);
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }
}
