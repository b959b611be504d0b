//! Telling a process from every other.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use eve_core::Secret;
use rustix::process::Pid;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The variable that carries a child's marker.
pub(crate) const VARIABLE: &str = "EVE_INSTANCE";

/// One process and no other: its number is reused, but not within one tick of the clock that its
/// start time counts, nor its marker ever.
///
/// All of it is read from `/proc`. Where the system has none, nothing is ever known
/// again, and so nothing is ever killed by mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(super) pid: i32,
    pub(super) start: u64,
    pub(super) marker: String,
    /// Within what the number and the start time mean something.
    #[serde(default)]
    realm: Option<String>,
}

impl Identity {
    /// The identity of a process that runs; none if that cannot be told.
    pub(super) fn of(pid: Pid, marker: &str) -> Option<Self> {
        let pid = pid.as_raw_pid();
        Some(Self { pid, start: Stat::read(pid)?.start, marker: marker.to_owned(), realm: realm() })
    }

    /// True if it leads a group: it was started by a holder, and not by a child.
    pub(super) fn leads_a_group(&self) -> bool {
        Stat::read(self.pid).is_some_and(|stat| stat.group == self.pid)
    }

    /// The value of each variable that it was started with; none if it is gone, or has written
    /// something else where they stood.
    pub(super) fn variables(&self) -> Option<BTreeMap<String, Secret>> {
        let environ = environ_of(self.pid)?;
        if !self.is_alive() || marker_in(&environ)? != self.marker {
            return None;
        }
        let pair = |variable: &[u8]| {
            let (name, value) = std::str::from_utf8(variable).ok()?.split_once('=')?;
            Some((name.to_owned(), Secret::new(value)))
        };
        Some(environ.split(|b| *b == 0).filter_map(pair).collect())
    }

    pub(super) fn pid(&self) -> Option<Pid> {
        Pid::from_raw(self.pid)
    }

    /// True if this very process runs. A program may write what it likes over its environment, the
    /// marker included, so that alone decides nothing where the realm is known.
    pub(super) fn is_alive(&self) -> bool {
        let runs = Stat::read(self.pid).is_some_and(|stat| stat.start == self.start && !stat.is_zombie());
        runs && match &self.realm {
            Some(known) => realm().as_ref() == Some(known),
            None => marker_of(self.pid).is_some_and(|marker| marker == self.marker),
        }
    }
}

/// The processes with a marker, or one below it (`/…`, `#…`), zombies left out.
pub(super) fn marked(marker: &str) -> Vec<Identity> {
    let covers =
        |found: &str| found.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '#']));
    let found = pids().into_iter().filter_map(|pid| {
        let marker = marker_of(pid).filter(|found| covers(found))?;
        let stat = Stat::read(pid).filter(|stat| !stat.is_zombie())?;
        Some(Identity { pid, start: stat.start, marker, realm: realm() })
    });
    found.collect()
}

/// The members of a group that was led in this session under this marker, zombies left out. Its
/// number may be another group's by now: who is in another session, or carries another marker, is
/// none of them. A program may carry none, if it dropped its environment.
pub(super) fn members(group: Pid, session: i32, marker: &str) -> Vec<Identity> {
    let group = group.as_raw_pid();
    let found = pids().into_iter().filter_map(|pid| {
        let belongs = |stat: &Stat| stat.group == group && stat.session == session && !stat.is_zombie();
        let stat = Stat::read(pid).filter(belongs)?;
        let found = marker_of(pid);
        found.as_deref().is_none_or(|found| found == marker).then(|| Identity {
            pid,
            start: stat.start,
            marker: found.unwrap_or_default(),
            realm: realm(),
        })
    });
    found.collect()
}

/// The session that a process belongs to. None where that cannot be told.
pub(super) fn session_of(pid: Pid) -> Option<i32> {
    Some(Stat::read(pid.as_raw_pid())?.session)
}

/// What `/proc/PID/stat` says.
struct Stat {
    state: u8,
    group: i32,
    session: i32,
    start: u64,
}

impl Stat {
    fn read(pid: i32) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The second field is the program's name in parentheses and may hold anything, so what counts
    /// stands after the last `)`: the fields from the third on.
    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
        let state = *fields.next()?.as_bytes().first()?;
        let group = fields.nth(1)?.parse().ok()?;
        let session = fields.next()?.parse().ok()?;
        let start = fields.nth(15)?.parse().ok()?;
        Some(Self { state, group, session, start })
    }

    fn is_zombie(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }
}

fn pids() -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn environ_of(pid: i32) -> Option<Zeroizing<Vec<u8>>> {
    std::fs::read(format!("/proc/{pid}/environ")).ok().map(Zeroizing::new)
}

fn marker_of(pid: i32) -> Option<String> {
    marker_in(&environ_of(pid)?)
}

fn marker_in(environ: &[u8]) -> Option<String> {
    environ.split(|b| *b == 0).find_map(|variable| {
        let value = variable.strip_prefix(VARIABLE.as_bytes())?.strip_prefix(b"=")?;
        String::from_utf8(value.to_vec()).ok()
    })
}

/// What process numbers and start times count from: this boot, and this process's own numbering.
fn realm() -> Option<String> {
    static REALM: OnceLock<Option<String>> = OnceLock::new();
    let read = || {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let numbering = std::fs::read_link("/proc/self/ns/pid").ok()?;
        Some(format!("{} {}", boot.trim(), numbering.display()))
    };
    REALM.get_or_init(read).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_name_may_hold_anything() {
        let text = "12 (a) b (c) S 1 77 78 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 4242 0";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((stat.state, stat.group, stat.session, stat.start), (b'S', 77, 78, 4242));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_of_another_boot_or_without_the_marker_is_nobody_we_know() {
        let mut this = Identity::of(rustix::process::getpid(), "planted").unwrap();
        assert!(this.is_alive() && this.variables().is_none());
        for realm in [Some("another boot".to_owned()), None] {
            this.realm = realm;
            assert!(!this.is_alive());
        }
    }
}
