//! Everything that a trial started.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

use crate::shop::{DIR, marker};

/// The processes that belong to one trial: the directory stands in their command line (engines and
/// supervisors) or in their variables (services and jobs).
#[derive(Debug)]
pub struct Census(Vec<(i32, String)>);

impl Census {
    /// Counts them, zombies left out.
    pub fn of(dir: &Path) -> Self {
        let dir = marker(dir);
        let variable = format!("{DIR}={dir}").into_bytes();
        let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let own = std::process::id().cast_signed();
        let found = pids.filter(|pid| *pid != own).filter_map(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let is_told = line.split(|b| *b == 0).any(|word| is_below(word, dir.as_bytes()));
            let is_marked = || {
                let variables = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
                variables.split(|b| *b == 0).any(|found| found == variable)
            };
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            (is_told || is_marked()).then_some((pid, line))
        });
        Self(found.collect())
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if one of those that were counted is still there.
    pub fn is_there(&self) -> bool {
        // The command line of a zombie is empty.
        let line = |pid: &i32| fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        self.0.iter().any(|(pid, _)| !line(pid).is_empty())
    }

    /// Their numbers and command lines.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(pid, line)| format!("process {pid}: {}", line.trim_end())).collect()
    }

    /// Ends them by SIGKILL.
    pub fn kill(&self) {
        for pid in self.0.iter().filter_map(|(pid, _)| Pid::from_raw(*pid)) {
            // One that has just ended is what is wanted.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

fn is_below(word: &[u8], dir: &[u8]) -> bool {
    word.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}
