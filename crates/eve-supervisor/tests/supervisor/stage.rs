//! Where a test plays.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use eve_core::control::{Channel as _, Message, PartName};
use eve_core::{Cancel, Code, Result};
use eve_supervisor::{Control, Launcher, holder};
use rustix::process::{Pid, Signal, kill_process};
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::ask::{Ask, Mood};

/// Each wait of a test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) static TOYS: PartName = PartName::new("toys", 1);

/// A state folder; its supervisor ends with it.
pub(crate) struct Stage {
    root: TempDir,
    dir: PathBuf,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::at("state")
    }

    /// With the state folder at a path below one that is the test's own.
    pub(crate) fn at(path: impl AsRef<Path>) -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join(path);
        Self { root, dir }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// A path outside the state folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn supervisor_path(&self, name: &str) -> PathBuf {
        self.dir.join("supervisor").join(name)
    }

    pub(crate) async fn open(&self) -> Control {
        self.open_in(&Mood::Well("a test's".to_owned())).await.unwrap()
    }

    pub(crate) async fn open_in(&self, mood: &Mood) -> Result<Control> {
        Control::open(&self.dir, Launcher::new(toys(), Message::of(mood)?)).await
    }

    /// Starts a process that asks the toys.
    pub(crate) fn engine(&self, request: &Ask) -> Child {
        let request = serde_json::to_string(request).unwrap();
        let mut command = Command::new(toys());
        command.arg("engine").arg(&self.dir).arg(request).stdout(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        fs::read_to_string(self.path(name)).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Ok(Some(pid)) = holder(&self.dir) {
            signal(pid, Signal::KILL);
        }
    }
}

/// The program that becomes the supervisor. Cargo builds a package's examples with its tests.
pub(crate) fn toys() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join("examples/toys");
    assert!(path.exists(), "{} is missing: run `cargo build --examples` first", path.display());
    path
}

pub(crate) async fn call<T: DeserializeOwned>(control: &Control, ask: Ask) -> Result<T> {
    let call = async { control.call(&TOYS, Message::of(&ask)?, &Cancel::new()).await?.decode() };
    tokio::time::timeout(PATIENCE, call).await.expect("a call must be answered")
}

/// Asks again for as long as the answer is the error that is expected meanwhile.
pub(crate) async fn until_other_than<T>(meanwhile: &Code, mut ask: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    let ask = async {
        loop {
            match ask().await {
                Err(error) if error.code() == meanwhile => tokio::time::sleep(Duration::from_millis(10)).await,
                other => return other,
            }
        }
    };
    tokio::time::timeout(PATIENCE, ask).await.expect("the answer must change")
}

pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Whether a process runs; one that nobody has reaped yet does not.
#[cfg(target_os = "linux")]
pub(crate) fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['Z', 'X']))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

pub(crate) async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
