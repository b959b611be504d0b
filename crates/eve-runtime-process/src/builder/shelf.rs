//! The snapshots that are kept.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use eve_core::{
    Artifact, ArtifactStore, Change, ChangeOutcome, Digest, Error, OwnedArtifact, Result, Timestamp, codes,
};
use rustix::fs::{FlockOperation, flock};

use super::snapshot_builder::SnapshotBuilder;
use super::unfinished::Unfinished;
use crate::processes::Record;
use crate::state_dir::{StateDir, io_error};

/// Held by whoever builds, together with others, and by whoever removes, alone.
#[derive(Debug)]
pub(super) struct Turn(#[expect(dead_code, reason = "closing it gives the turn back")] File);

impl Turn {
    /// To build: waits while something is being removed.
    ///
    /// # Errors
    /// `state.io`.
    pub(super) fn to_build(state: &StateDir) -> Result<Self> {
        let (file, path) = Self::file(state)?;
        flock(&file, FlockOperation::LockShared).map_err(|e| io_error("lock", &path, e.into()))?;
        Ok(Self(file))
    }

    /// To remove something; none while something is being built.
    fn to_remove(state: &StateDir) -> Result<Option<Self>> {
        let (file, path) = Self::file(state)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self(file))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(e) => Err(io_error("lock", &path, e.into())),
        }
    }

    fn file(state: &StateDir) -> Result<(File, PathBuf)> {
        let path = state.path("snapshots/.lock");
        let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        Ok((opened.map_err(|e| io_error("open", &path, e))?, path))
    }
}

/// Notes that a snapshot was built now: its folder's time says so.
///
/// # Errors
/// `state.io`.
pub(super) fn touch(snapshot: &Path) -> Result<()> {
    let touched = File::open(snapshot).and_then(|folder| folder.set_modified(SystemTime::now()));
    touched.map_err(|e| io_error("write", snapshot, e))
}

#[async_trait]
impl ArtifactStore for SnapshotBuilder {
    async fn owned(&self) -> Result<Vec<OwnedArtifact>> {
        let state = Arc::clone(&self.state);
        blocking(move || {
            let mut out: Vec<_> = state.folders("snapshots").iter().filter_map(|folder| listed(folder)).collect();
            out.sort();
            Ok(out)
        })
        .await
    }

    async fn remove(&self, one: &OwnedArtifact) -> Result<Change> {
        let (state, one) = (Arc::clone(&self.state), one.clone());
        blocking(move || remove(&state, &one)).await
    }
}

fn remove(state: &StateDir, one: &OwnedArtifact) -> Result<Change> {
    let Artifact::Snapshot { digest } = &one.artifact else { return Ok(Change::new(ChangeOutcome::Skipped, 0)) };
    let built = || Err(Error::conflict(codes::OBJECT_CHANGED, format!("{} may be built right now", one.artifact)));
    let Some(_turn) = Turn::to_remove(state)? else { return built() };
    let folder = state.snapshot(digest);
    let Some(now) = modified(&folder) else { return Ok(Change::new(ChangeOutcome::Skipped, 0)) };
    if now != one.built {
        return built();
    }
    let user = state.children().iter().filter_map(|child| Record::read(child).ok()?).find(|child| child.uses(&folder));
    if let Some(user) = user {
        return Err(Error::conflict(codes::OBJECT_IN_USE, format!("{} is used by {}", one.artifact, user.id)));
    }
    // Never half a snapshot under its name.
    Unfinished::discard(state, &folder, digest).map_err(|e| io_error("remove", &folder, e))?;
    Ok(Change::new(ChangeOutcome::Deleted, 0))
}

/// A snapshot; none for a folder that is not, or not yet, one.
fn listed(folder: &Path) -> Option<OwnedArtifact> {
    let digest: Digest = format!("sha256:{}", folder.file_name()?.to_str()?).parse().ok()?;
    Some(OwnedArtifact::new(Artifact::Snapshot { digest }, modified(folder)?).with_bytes(bytes_below(folder)))
}

fn modified(folder: &Path) -> Option<Timestamp> {
    let about = folder.symlink_metadata().ok().filter(fs::Metadata::is_dir)?;
    let since = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
}

fn bytes_below(folder: &Path) -> u64 {
    let (mut sum, mut folders) = (0, vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(about) = entry.path().symlink_metadata() else { continue };
            if about.is_dir() {
                folders.push(entry.path());
            } else {
                sum += about.len();
            }
        }
    }
    sum
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|e| Error::internal(codes::INTERNAL_INVARIANT, "work on snapshots broke off").with_source(e))?
}
