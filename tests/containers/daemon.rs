//! A Docker Engine of a story's own, which may be killed, paused and started again.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A Docker Engine of a story's own. It ends with this.
pub(crate) struct Daemon {
    dir: TempDir,
}

impl Daemon {
    /// Starts it. Needs root, and says so.
    pub(crate) fn start() -> Self {
        // Its sockets have to fit into an address.
        let dir = tempfile::Builder::new().prefix("ed").tempdir_in("/tmp").expect("a temporary folder");
        assert!(engine(dir.path(), &["up", "--private"]), "no private Docker Engine can be started: see above");
        Self { dir }
    }

    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.dir.path().join("sock").display())
    }

    fn pid(&self) -> Pid {
        let text = fs::read_to_string(self.dir.path().join("pid")).expect("the daemon wrote its number");
        let pid = text.trim().parse().ok().and_then(Pid::from_raw);
        pid.expect("it is a process's number")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the daemon is there");
    }

    /// Starts it again after it was killed, with what it left running.
    pub(crate) fn start_again(&self) {
        assert!(engine(self.dir.path(), &["again"]), "it does not start again: see above");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        engine(self.dir.path(), &["down", "--purge"]);
    }
}

/// Asks the script that starts and ends engines.
fn engine(dir: &Path, wish: &[&str]) -> bool {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/docker/engine");
    let mut command = Command::new(script);
    command.args(wish).env("EVE_TEST_DOCKER_DIR", dir).env_remove("DOCKER_HOST").stdin(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
