//! File systems that refuse: a full one and one that can only be read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use eve_core::{Blobs as _, Error, Journal as _, Secret, SecretName, SecretScope, SecretStore as _, codes};
use eve_store::StateDir;
use tempfile::TempDir;

use crate::scratch::{env, holder, lease, record, stream};

/// A small file system in memory.
struct Mounted {
    _folder: TempDir,
    at: PathBuf,
}

impl Mounted {
    fn new(size: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("disk");
        fs::create_dir(&at).unwrap();
        run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"], &at);
        Self { _folder: folder, at }
    }

    fn state(&self) -> PathBuf {
        self.at.join("state")
    }

    fn make_read_only(&self) {
        run("mount", &["-o", "remount,ro"], &self.at);
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        run("umount", &["--lazy"], &self.at);
    }
}

fn run(program: &str, arguments: &[&str], at: &Path) {
    let status = Command::new(program).args(arguments).arg(at).status().unwrap();
    assert!(status.success(), "{program} {arguments:?}");
}

async fn open(path: &Path) -> eve_core::Result<StateDir> {
    StateDir::open(path, "a test", env()).await
}

/// Fills the disk to its last byte.
fn fill(path: &Path) {
    for size in [65_536, 4096, 1] {
        let mut bytes = fs::read(path).unwrap_or_default();
        while fs::write(path, &bytes).is_ok() {
            bytes.resize(bytes.len() + size, 0);
        }
    }
}

fn assert_full(error: &Error) {
    assert_eq!(error.code(), &codes::STATE_DISK_FULL, "{}", error.chain());
    assert!(error.hint().is_some());
}

#[tokio::test]
#[ignore = "needs root to mount a small tmpfs"]
async fn a_full_disk_is_told_and_loses_nothing() {
    let disk = Mounted::new("4m");
    let state = open(&disk.state()).await.unwrap();
    let (journal, s) = (state.journal(), stream("s"));
    journal.append(&s, 0, None, vec![record("kept")]).await.unwrap();
    fill(&disk.at.join("ballast"));
    let large = "x".repeat(200_000);
    assert_full(&journal.append(&s, 1, None, vec![record(&large)]).await.unwrap_err());
    assert_full(&state.blobs().put(large.clone().into()).await.unwrap_err());
    let held = journal.acquire(&lease(), &holder("hold_a"), Duration::from_mins(1)).await;
    assert_full(&held.unwrap_err());
    let name = SecretName::new("TOKEN").unwrap();
    let put = state.secrets().put(&SecretScope::System, &name, Secret::new(large)).await;
    assert_full(&put.map(drop).unwrap_err());
    assert_eq!(journal.read(&s, 0, 9).await.unwrap().len(), 1);
    fs::remove_file(disk.at.join("ballast")).unwrap();
    let held = journal.acquire(&lease(), &holder("hold_a"), Duration::from_mins(1)).await.unwrap();
    assert_eq!(journal.append(&s, 1, Some(&held.fenced()), vec![record("after")]).await.unwrap(), 2);
    state.close().await;
    assert_eq!(open(&disk.state()).await.unwrap().journal().read(&s, 0, 9).await.unwrap().len(), 2);
}

#[tokio::test]
#[ignore = "needs root to mount a small tmpfs"]
async fn an_append_that_does_not_fit_takes_none_with_it() {
    let disk = Mounted::new("4m");
    let state = open(&disk.state()).await.unwrap();
    let (journal, s, t) = (state.journal(), stream("s"), stream("t"));
    let large = record(&"x".repeat(8_000_000));
    let (first, second) =
        tokio::join!(journal.append(&s, 0, None, vec![large]), journal.append(&t, 0, None, vec![record("small")]),);
    assert_full(&first.unwrap_err());
    assert_eq!(second.unwrap(), 1);
    assert_eq!(journal.streams("").await.unwrap(), [(t, 1)]);
}

#[tokio::test]
#[ignore = "needs root to mount a small tmpfs"]
async fn a_state_cannot_be_set_up_on_a_full_disk() {
    let disk = Mounted::new("256k");
    fill(&disk.at.join("ballast"));
    assert_full(&open(&disk.state()).await.unwrap_err());
}

#[tokio::test]
#[ignore = "needs root to mount a small tmpfs"]
async fn a_file_system_that_can_only_be_read_is_read() {
    let disk = Mounted::new("4m");
    let state = open(&disk.state()).await.unwrap();
    state.journal().append(&stream("s"), 0, None, vec![record("kept")]).await.unwrap();
    state.close().await;
    drop(state);
    disk.make_read_only();
    let error = open(&disk.state()).await.unwrap_err();
    assert_eq!(error.code(), &codes::STATE_READ_ONLY, "{}", error.chain());
    assert!(error.hint().is_some());
    let reader = StateDir::open_read_only(disk.state(), env()).await.unwrap();
    assert_eq!(reader.journal().read(&stream("s"), 0, 9).await.unwrap().len(), 1);
}
