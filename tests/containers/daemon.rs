//! A Docker Engine of a story's own, which may be killed, paused and started again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use bollard::Docker;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A Docker Engine of a story's own. It ends with this.
pub(crate) struct Daemon {
    dir: TempDir,
    argv: Vec<String>,
}

impl Daemon {
    /// Starts it. Needs root, and says so.
    pub(crate) fn start() -> Self {
        // Its sockets have to fit into an address.
        let dir = tempfile::Builder::new().prefix("ed").tempdir_in("/tmp").expect("a temporary folder");
        assert!(engine(dir.path(), &["up", "--private"]), "no private Docker Engine can be started: see above");
        let mut daemon = Self { dir, argv: Vec::new() };
        let line = fs::read(format!("/proc/{}/cmdline", daemon.pid().as_raw_nonzero())).expect("the daemon runs");
        daemon.argv = line.split(|b| *b == 0).map(|arg| String::from_utf8_lossy(arg).into_owned()).collect();
        daemon.argv.retain(|arg| !arg.is_empty());
        daemon
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("sock")
    }

    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
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
    pub(crate) async fn start_again(&self) {
        let log = fs::File::create(self.dir.path().join("log.again")).expect("the folder can be written");
        let mut command = Command::new("setsid");
        command.arg("--fork").args(&self.argv).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let started = command.status().expect("the daemon can be started");
        assert!(started.success(), "the daemon starts again");
        self.answers().await;
    }

    /// Waits until it answers.
    pub(crate) async fn answers(&self) {
        for _ in 0..300 {
            if let Ok(docker) = Docker::connect_with_host(&self.host())
                && docker.ping().await.is_ok()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let log = fs::read_to_string(self.dir.path().join("log.again")).unwrap_or_default();
        panic!("the daemon does not answer: {log}");
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
