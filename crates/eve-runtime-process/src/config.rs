//! What an embedder can set.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Where processes keep their state, and the bounds that they are held to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProcessConfig {
    /// The folder that holds everything: snapshots, instances, attempts.
    pub dir: PathBuf,
    /// Where programs without a `/` in their name are looked for, and the children's `PATH`. By
    /// default `/usr/local/bin:/usr/bin:/bin`; the engine's own `PATH` is never handed on.
    pub path: OsString,
    /// How large a log file grows before the next one begins. By default 10 MB.
    pub log_file_bytes: u64,
    /// How many log files an instance keeps. By default 3.
    pub log_files: usize,
    /// How many ended instances of a service keep their logs and exit records. By default 3.
    pub keep_ended: usize,
    /// Folders that no snapshot holds, wherever a build context begins: what an engine remembers
    /// beside this state. `.eve/state` and `dir` itself are left out anyway. By default none.
    pub leave_out: Vec<PathBuf>,
}

impl ProcessConfig {
    /// The defaults, with all state below `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            path: OsString::from("/usr/local/bin:/usr/bin:/bin"),
            log_file_bytes: 10_000_000,
            log_files: 3,
            keep_ended: 3,
            leave_out: Vec::new(),
        }
    }

    /// Replaces the search path.
    pub fn with_path(mut self, path: impl Into<OsString>) -> Self {
        self.path = path.into();
        self
    }

    /// Puts a folder in front of the search path.
    pub fn with_path_dir(mut self, dir: impl AsRef<Path>) -> Self {
        let mut path = dir.as_ref().as_os_str().to_owned();
        if !self.path.is_empty() {
            path.push(OsStr::new(":"));
            path.push(&self.path);
        }
        self.path = path;
        self
    }

    /// Sets how large a log file grows (at least 1), and how many an instance keeps (at least 1).
    pub fn with_log_rotation(mut self, bytes: u64, files: usize) -> Self {
        self.log_file_bytes = bytes.max(1);
        self.log_files = files.max(1);
        self
    }

    /// Sets how many ended instances of a service keep their logs and exit records.
    pub fn with_keep_ended(mut self, instances: usize) -> Self {
        self.keep_ended = instances;
        self
    }
    /// Names a folder that no snapshot holds.
    pub fn with_left_out(mut self, dir: impl Into<PathBuf>) -> Self {
        self.leave_out.push(dir.into());
        self
    }
}
